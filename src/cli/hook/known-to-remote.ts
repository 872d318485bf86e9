// What the other side of a push has already, as far as can be told without asking it.
import { runGit } from "../place/repository.ts";
import { isFetchedElsewhere, placeOf } from "./fetched-from.ts";
import { isNothing, type Update } from "./updates.ts";

/** Where a push goes, as git tells its hook. */
export interface Remote {
  /** Of one that the configuration does not name, its address. */
  readonly name: string;
  /** Empty: nobody said it. */
  readonly address: string;
}

export interface Known {
  /** As arguments of `git rev-parse`. */
  readonly revisions: readonly string[];
  /** Why that is less than might be thought. */
  readonly notes: readonly string[];
}

/**
 * What the remote has: what its tracking branches hold, and what git has just heard of it.
 *
 * @param updates as git tells of them: of another's the old ids are no word of the remote's.
 */
export function knownToRemote(remote: Remote, updates: readonly Update[]): Known {
  const ids = new Set(updates.map(({ old }) => old).filter((id) => !isNothing(id)));
  // A force push may name a commit that was never fetched.
  const here = commitsAmong([...ids]);
  const tracked = trackedOf(remote, updates);
  return typeof tracked === "string"
    ? { revisions: here, notes: [`${tracked}, so its tracking branches do not say what is there`] }
    : { revisions: [...tracked, ...here], notes: [] };
}

/** Those of the ids that lead to commits which this repository has. */
function commitsAmong(ids: readonly string[]): string[] {
  if (ids.length === 0) return [];
  const input = ids.map((id) => `${id}^{commit}\n`).join("");
  const said = runGit(".", ["cat-file", "--batch-check=%(objectname)"], { input })?.split("\n") ?? [];
  return ids.filter((_, index) => /^[0-9a-f]+$/.test(said[index] ?? ""));
}

const TRACKING = "refs/remotes/";

/** Its tracking branches, or why they do not tell what lies where the push goes. */
function trackedOf({ name, address }: Remote, updates: readonly Update[]): string[] | string {
  if (!/^[\w.][\w./-]*$/.test(name)) return [];
  const fetched = runGit(".", ["remote", "get-url", name]);
  if (fetched === undefined) return [];
  if (address !== "" && placeOf(address) !== placeOf(fetched)) return `${name} is fetched from another address`;
  const refspecs = refspecsOfAll();
  if (isFetchedElsewhere(name, fetched, (branch) => trackedId(name, branch, refspecs)))
    return `${name} was fetched from another address, and not yet from the one it has now`;
  const gone = trackedInVain(name, updates, refspecs);
  // Its address may have been another one at the last fetch: a repository seldom loses the branch that its HEAD names.
  const main = gone.length === 0 ? undefined : runGit(".", ["symbolic-ref", "--quiet", `${TRACKING}${name}/HEAD`]);
  const lost = gone.find((ref) => (main === undefined ? /\/(?:main|master)$/.test(ref) : ref === main));
  if (lost !== undefined) return `${name} does not have the branch that ${lost} tracks`;
  const others = [...refspecsOfOthers(name, refspecs), ...gone];
  return [...others.map((ref) => `--exclude=${ref.slice(TRACKING.length)}`), `--remotes=${name}`];
}

interface Refspec {
  readonly remote: string;
  readonly source: string;
  readonly target: string;
}

function refspecsOfAll(): Refspec[] {
  const entries = (runGit(".", ["config", "-z", "--get-regexp", String.raw`^remote\..*\.fetch$`]) ?? "").split("\0");
  return entries.map((entry) => {
    const [key = "", refspec = ""] = entry.split("\n");
    const [source = "", target = ""] = refspec.replace(/^\+/, "").split(":");
    return { remote: key.slice("remote.".length, -".fetch".length), source, target };
  });
}

/**
 * Tracking branches that stand among those of this remote and are another's: of one called `up/fork`, those below
 * `refs/remotes/up/`. What that one has this one need not have.
 */
const refspecsOfOthers = (name: string, refspecs: readonly Refspec[]): string[] =>
  refspecs
    .filter(({ remote, target }) => remote !== name && target.startsWith(`${TRACKING}${name}/`))
    .map(({ target }) => target);

/** Tracking branches for what the remote does not have, as git has just heard. */
function trackedInVain(name: string, updates: readonly Update[], refspecs: readonly Refspec[]): string[] {
  const missing = updates.filter(({ old, new: id }) => isNothing(old) && !isNothing(id));
  if (missing.length === 0) return [];
  const here = runGit(".", ["for-each-ref", "--format=%(refname)", `${TRACKING}${name}/`]) ?? "";
  const tracking = new Set(here.split("\n"));
  const own = refspecs.filter(({ remote }) => remote === name);
  return missing.flatMap(({ ref }) => own.map((refspec) => targetOf(refspec, ref))).filter((ref) => tracking.has(ref));
}

/** What the tracking branch of a branch names. */
function trackedId(name: string, branch: string, refspecs: readonly Refspec[]): string | undefined {
  const own = refspecs.filter(({ remote }) => remote === name);
  const targets = own.map((refspec) => targetOf(refspec, `refs/heads/${branch}`)).filter(Boolean);
  return runGit(".", ["rev-parse", "--verify", "--quiet", targets[0] ?? ""]);
}

/** Where a refspec has a ref kept; empty: nowhere. */
function targetOf({ source, target }: Refspec, ref: string): string {
  const [front = "", back] = source.split("*");
  if (back === undefined) return ref === source ? target : "";
  if (ref.length < source.length || !ref.startsWith(front) || !ref.endsWith(back)) return "";
  return target.replace("*", () => ref.slice(front.length, ref.length - back.length));
}
