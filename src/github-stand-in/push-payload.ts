import type { Delivery } from "./deliveries.ts";
import { realGit } from "./real-git.ts";
import type { StandInRepository } from "./repository.ts";
import { repositoryBlock, userBlock } from "./payload-blocks.ts";

/** GitHub's documented limits of a push event. */
export const LIMITS = { commits: 2048, filesPerCommit: 3000, tags: 3, branches: 5000, bytes: 25 * 1024 ** 2 } as const;

export interface RefUpdate {
  readonly ref: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

interface PushedCommit {
  readonly id: string;
  readonly tree_id: string;
  readonly distinct: boolean;
  readonly message: string;
  readonly timestamp: string;
  readonly url: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly committer: { readonly name: string; readonly email: string };
  readonly added: string[];
  readonly modified: string[];
  readonly removed: string[];
}

export interface PushPayload {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly created: boolean;
  readonly deleted: boolean;
  readonly forced: boolean;
  readonly base_ref: string | null;
  readonly compare: string;
  readonly commits: PushedCommit[];
  readonly head_commit: PushedCommit | null;
  readonly repository: ReturnType<typeof repositoryBlock>;
  readonly pusher: { readonly name: string; readonly email: string };
  readonly sender: ReturnType<typeof userBlock>;
  readonly installation?: { readonly id: number; readonly node_id: string };
}

/** One ref update. `suppressed` says why GitHub would have sent nothing. */
export interface StandInPush extends RefUpdate {
  readonly repository: string;
  readonly delivery?: Delivery & { readonly payload: PushPayload };
  readonly suppressed?: string;
}

export interface PayloadOptions {
  readonly baseUrl: string;
  readonly pusher: { readonly name: string; readonly email: string };
  readonly installationId?: number;
}

/** What changed between two looks at the refs. */
export function refUpdates(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): RefUpdate[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((ref) => ({ ref, before: before.get(ref), after: after.get(ref) }))
    .filter((update) => update.before !== update.after);
}

/** The event of one ref update, read off the repository as it stands after the push. */
export async function pushPayload(
  repository: StandInRepository,
  update: RefUpdate,
  refsBefore: ReadonlyMap<string, string>,
  options: PayloadOptions,
): Promise<PushPayload> {
  const idLength = (update.after ?? update.before)!.length;
  const zeros = "0".repeat(idLength);
  const commits = update.ref.startsWith("refs/tags/") ? [] : await commitIds(repository, update, refsBefore);
  const known = new Set(await revList(repository, commits, [...refsBefore.values()]));
  const listed = await describe(repository, commits, known, options);
  const head = update.after && (await peel(repository, update.after));
  const isForced = update.before !== undefined && !(await isAncestor(repository, update));
  const web = `${options.baseUrl}/${repository.fullName}`;
  return {
    ref: update.ref,
    before: update.before ?? zeros,
    after: update.after ?? zeros,
    created: update.before === undefined,
    deleted: update.after === undefined,
    forced: isForced,
    base_ref: update.before === undefined ? sameHead(update, refsBefore) : null,
    compare: `${web}/compare/${update.before?.slice(0, 12) ?? repository.defaultBranch}...${update.after?.slice(0, 12)}`,
    commits: listed,
    head_commit: head ? ((await describe(repository, [head], new Set([head]), options))[0] ?? null) : null,
    repository: repositoryBlock(repository, options.baseUrl),
    pusher: options.pusher,
    sender: userBlock(options.pusher.name, options.baseUrl),
    ...(options.installationId === undefined
      ? {}
      : { installation: { id: options.installationId, node_id: `I_${options.installationId}` } }),
  };
}

/** Oldest first. A new branch is compared with the default branch, as GitHub does. */
async function commitIds(
  repository: StandInRepository,
  update: RefUpdate,
  refsBefore: ReadonlyMap<string, string>,
): Promise<string[]> {
  if (update.after === undefined) return [];
  const against = update.before ?? refsBefore.get(`refs/heads/${repository.defaultBranch}`);
  const range = [update.after, ...(against === undefined ? [] : [`^${against}`])];
  return (await lines(repository, ["rev-list", "--topo-order", "--reverse", ...range])).slice(-LIMITS.commits);
}

/** Which of `commits` nobody had pushed before. */
async function revList(repository: StandInRepository, commits: readonly string[], heads: readonly string[]) {
  if (commits.length === 0) return [];
  return await lines(repository, ["rev-list", "--stdin"], [...commits, ...heads.map((id) => `^${id}`)].join("\n"));
}

async function isAncestor(repository: StandInRepository, update: RefUpdate): Promise<boolean> {
  if (update.after === undefined) return false;
  return await repository.git("merge-base", "--is-ancestor", update.before!, update.after).then(
    () => true,
    () => false,
  );
}

async function peel(repository: StandInRepository, id: string): Promise<string | undefined> {
  return await repository.git("rev-parse", "--verify", "--quiet", `${id}^{commit}`).then(
    (text) => text.trim(),
    () => undefined,
  );
}

function sameHead(update: RefUpdate, refsBefore: ReadonlyMap<string, string>): string | null {
  return [...refsBefore].find(([ref, id]) => ref.startsWith("refs/heads/") && id === update.after)?.[0] ?? null;
}

const FIELDS = ["%H", "%T", "%P", "%an", "%ae", "%cn", "%ce", "%cI", "%B"];

async function describe(
  repository: StandInRepository,
  ids: readonly string[],
  distinct: ReadonlySet<string>,
  options: PayloadOptions,
): Promise<PushedCommit[]> {
  if (ids.length === 0) return [];
  const text = await realGit(
    repository.folder,
    ["log", "-z", "--stdin", "--no-walk=unsorted", `--format=tformat:${FIELDS.join("%x00")}`],
    { input: ids.join("\n") },
  );
  const fields = text.toString("utf8").split("\0");
  const commits: PushedCommit[] = [];
  const byId = new Map<string, PushedCommit>();
  const firstParents: string[] = [];
  for (let at = 0; at + FIELDS.length <= fields.length; at += FIELDS.length) {
    const [id, tree, parents, authorName, authorEmail, name, email, time, message] = fields.slice(at) as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const commit: PushedCommit = {
      id,
      tree_id: tree,
      distinct: distinct.has(id),
      message: message.trimEnd(),
      timestamp: time,
      url: `${options.baseUrl}/${repository.fullName}/commit/${id}`,
      author: { name: authorName, email: authorEmail },
      committer: { name, email },
      added: [],
      modified: [],
      removed: [],
    };
    commits.push(commit);
    byId.set(id, commit);
    firstParents.push([id, ...parents.split(" ").slice(0, 1)].join(" ").trim());
  }
  await addFiles(repository, byId, firstParents);
  return commits;
}

/** Changed files against the first parent, 3000 a commit at most. */
async function addFiles(
  repository: StandInRepository,
  commits: ReadonlyMap<string, PushedCommit>,
  firstParents: readonly string[],
): Promise<void> {
  const changes = await realGit(
    repository.folder,
    ["diff-tree", "--stdin", "-r", "-z", "--root", "--name-status", "--no-renames"],
    { input: `${firstParents.join("\n")}\n` },
  );
  let commit: PushedCommit | undefined;
  let count = 0;
  const fields = changes.toString("utf8").split("\0");
  for (let at = 0; at < fields.length - 1; at += 1) {
    const field = fields[at]!;
    if (/^[0-9a-f]{40,64}\s*$/.test(field)) {
      commit = commits.get(field.trim());
      count = 0;
      continue;
    }
    const path = fields[++at]!;
    if (commit === undefined || ++count > LIMITS.filesPerCommit) continue;
    (field === "A" ? commit.added : field === "D" ? commit.removed : commit.modified).push(path);
  }
}

async function lines(repository: StandInRepository, args: readonly string[], input = ""): Promise<string[]> {
  return (await realGit(repository.folder, args, { input }))
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
}
