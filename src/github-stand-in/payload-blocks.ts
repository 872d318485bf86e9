import type { StandInRepository } from "./repository.ts";

/** A user as GitHub describes one in every event. */
export function userBlock(login: string, baseUrl: string) {
  const api = `${baseUrl}/api/v3/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: numberOf(login),
    node_id: `U_${numberOf(login)}`,
    name: login,
    email: null,
    avatar_url: `${baseUrl}/avatars/${numberOf(login)}`,
    gravatar_id: "",
    url: api,
    html_url: `${baseUrl}/${encodeURIComponent(login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: "User" as const,
    site_admin: false,
  };
}

/** Ends of a repository's many addresses, below its own. */
const ADDRESSES = {
  forks_url: "/forks",
  keys_url: "/keys{/key_id}",
  collaborators_url: "/collaborators{/collaborator}",
  teams_url: "/teams",
  hooks_url: "/hooks",
  issue_events_url: "/issues/events{/number}",
  events_url: "/events",
  assignees_url: "/assignees{/user}",
  branches_url: "/branches{/branch}",
  tags_url: "/tags",
  blobs_url: "/git/blobs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  git_refs_url: "/git/refs{/sha}",
  trees_url: "/git/trees{/sha}",
  statuses_url: "/statuses/{sha}",
  languages_url: "/languages",
  stargazers_url: "/stargazers",
  contributors_url: "/contributors",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  commits_url: "/commits{/sha}",
  git_commits_url: "/git/commits{/sha}",
  comments_url: "/comments{/number}",
  issue_comment_url: "/issues/comments{/number}",
  contents_url: "/contents/{+path}",
  compare_url: "/compare/{base}...{head}",
  merges_url: "/merges",
  archive_url: "/{archive_format}{/ref}",
  downloads_url: "/downloads",
  issues_url: "/issues{/number}",
  pulls_url: "/pulls{/number}",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  labels_url: "/labels{/name}",
  releases_url: "/releases{/id}",
  deployments_url: "/deployments",
} as const;

export function repositoryBlock(repository: StandInRepository, baseUrl: string) {
  const { id, fullName, name, owner, visibility, defaultBranch, createdAt } = repository;
  const api = `${baseUrl}/api/v3/repos/${fullName}`;
  const web = `${baseUrl}/${fullName}`;
  const addresses = Object.fromEntries(Object.entries(ADDRESSES).map(([key, end]) => [key, api + end])) as Record<
    keyof typeof ADDRESSES,
    string
  >;
  return {
    id,
    node_id: `R_${id}`,
    name,
    full_name: fullName,
    private: visibility !== "public",
    visibility,
    owner: userBlock(owner, baseUrl),
    html_url: web,
    url: web,
    description: null,
    fork: false,
    ...addresses,
    created_at: Math.floor(createdAt.getTime() / 1000),
    updated_at: new Date().toISOString(),
    pushed_at: Math.floor(Date.now() / 1000),
    git_url: `git://stand-in/${fullName}.git`,
    ssh_url: `git@stand-in:${fullName}.git`,
    clone_url: `${web}.git`,
    svn_url: web,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 0,
    license: null,
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: defaultBranch,
    topics: [],
  };
}

/** A number for a name: the same in every run. */
export function numberOf(name: string): number {
  let hash = 2_166_136_261;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 16_777_619) >>> 0;
  return (hash >>> 1) + 1;
}
