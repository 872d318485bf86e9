/** Hosting platforms whose pages we can point at; gitleaks' words. */
export const PLATFORMS = ["github", "gitlab", "azuredevops", "bitbucket", "gitea"] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface Place {
  readonly commit: string;
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn: number;
  readonly endColumn: number;
}

/** The web address of a remote: `git@host:owner/name.git` and `https://user:password@host/owner/name` both give `https://host/owner/name`. */
export function webAddress(remote: string): string | undefined {
  const scp = /^(?:[^@/]+@)?([\w.-]+):(?!\/)(.+)$/.exec(remote);
  const url = scp && !remote.includes("://") ? `https://${scp[1]}/${scp[2]}` : remote;
  try {
    const { protocol, hostname, port, pathname } = new URL(url);
    if (!["https:", "http:", "ssh:", "git:"].includes(protocol)) return undefined;
    const webPort = protocol.startsWith("http") && port ? `:${port}` : "";
    return `${protocol === "http:" ? "http" : "https"}://${hostname}${webPort}${pathname.replace(/(\.git)?\/*$/, "")}`;
  } catch {
    return undefined;
  }
}

/** The platform that a host's name gives away; undefined for hosts of one's own. */
export function platformOf(address: string): Platform | undefined {
  const host = new URL(address).hostname;
  if (host === "github.com") return "github";
  if (host === "gitlab.com") return "gitlab";
  if (host === "dev.azure.com" || host.endsWith(".visualstudio.com")) return "azuredevops";
  if (host === "bitbucket.org") return "bitbucket";
  if (host === "gitea.com" || host === "codeberg.org") return "gitea";
  return undefined;
}

/** The page that shows a place. `address` is the repository's web address without a slash at its end. */
export function linkTo(platform: Platform, address: string, place: Place): string {
  const { commit, startLine, endLine } = place;
  const path = place.path.split("/").map(encodeURIComponent).join("/");
  const several = endLine !== startLine;
  switch (platform) {
    case "github":
      return `${address}/blob/${commit}/${path}#L${startLine}${several ? `-L${endLine}` : ""}`;
    case "gitlab":
      return `${address}/blob/${commit}/${path}#L${startLine}${several ? `-${endLine}` : ""}`;
    case "gitea":
      return `${address}/src/commit/${commit}/${path}#L${startLine}${several ? `-L${endLine}` : ""}`;
    case "bitbucket":
      return `${address}/src/${commit}/${path}#lines-${startLine}${several ? `:${endLine}` : ""}`;
    case "azuredevops":
      return (
        `${address}/commit/${commit}?path=/${path}&line=${startLine}&lineEnd=${endLine}` +
        `&lineStartColumn=${place.startColumn}&lineEndColumn=${place.endColumn + 1}&type=2&lineStyle=plain&_a=files`
      );
  }
}

/** Whether a text may be shown as a link: a rule from a stranger could carry `javascript:`. */
export const isWebAddress = (text: string) => /^https?:\/\//i.test(text) && URL.canParse(text);
