// Git as an adviser, for what our own readers leave to it. A repository is scanned because nobody trusts it yet, so
// nothing that its configuration names may run, and no address that it names may be asked.
import { execFileSync } from "node:child_process";
import type { Repository } from "./repository.ts";

/** The repository that a folder lies in, as git finds it; the current folder when left out. */
export interface FolderAsked {
  readonly folder?: string;
}

/** A repository that we have found: git neither looks for one nor asks whose it is. */
export interface RepositoryAsked extends Pick<Repository, "gitDir" | "objects"> {
  /** The work tree's top, absolute. */
  readonly top?: string;
  /** Where git runs: paths are meant from here. */
  readonly folder?: string;
}

export type AskedPlace = FolderAsked | RepositoryAsked;

export interface AskGitOptions {
  readonly input?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly mostBytes?: number;
  readonly timeoutMs?: number;
  /** Keeps what git says on standard error in the error that is thrown. */
  readonly keepsErrors?: boolean;
  /**
   * A ref is changed in the repository of who runs us: its hooks may refuse that or copy it elsewhere, as they may with any
   * other change of a ref.
   */
  readonly runsHooks?: boolean;
}

/** Reading an index runs `core.fsmonitor`, writing anything runs hooks; both come with the repository. */
const NO_MONITOR = ["-c", "core.fsmonitor=false"];
const NO_HOOKS = ["-c", "core.hooksPath=/dev/null"];
/** What a commit graph says of parents git believes, whatever the commits themselves say: a forged one would hide them. */
const NO_COMMIT_GRAPH = ["-c", "core.commitGraph=false"];

/**
 * No lock is taken and nothing is fetched. The object that a partial clone lacks would be asked of an address, or of a
 * command, that the repository's configuration names: only a newer git knows GIT_NO_LAZY_FETCH, so no protocol is
 * allowed either, whatever that configuration says. Objects are read as they are, as our own readers do: what replaces
 * them is no reason to leave them out.
 */
const QUIET = {
  GIT_OPTIONAL_LOCKS: "0",
  GIT_NO_LAZY_FETCH: "1",
  GIT_ALLOW_PROTOCOL: "none",
  GIT_TERMINAL_PROMPT: "0",
  GIT_NO_REPLACE_OBJECTS: "1",
  GIT_GRAFT_FILE: "",
};

const MOST_BYTES = 2 ** 30;

/** What git's variables say of the repository that it runs us in, and so of no other one. */
const ABOUT_ANOTHER = [
  ...["GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE", "GIT_INDEX_FILE"],
  ...["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"],
] as const;

function environmentOf(place: AskedPlace): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...QUIET };
  if (!("gitDir" in place)) return env;
  for (const name of ABOUT_ANOTHER) delete env[name];
  return Object.assign(env, place.objects);
}

/**
 * What git prints for `args`.
 *
 * @throws the error of `execFileSync` when git fails or prints more than `mostBytes`.
 */
export function askGit(place: AskedPlace, args: readonly string[], options: AskGitOptions = {}): Buffer {
  const words = [
    ...(place.folder === undefined ? [] : ["-C", place.folder]),
    ...("gitDir" in place ? ["--git-dir", place.gitDir] : []),
    ...("top" in place && place.top !== undefined ? ["--work-tree", place.top] : []),
    // Whoever asks for the configuration wants to know what it says.
    ...(args[0] === "config" ? [] : [...NO_MONITOR, ...NO_COMMIT_GRAPH, ...(options.runsHooks ? [] : NO_HOOKS)]),
    ...args,
  ];
  return execFileSync("git", words, {
    env: { ...environmentOf(place), ...options.environment },
    maxBuffer: options.mostBytes ?? MOST_BYTES,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", options.keepsErrors ? "pipe" : "ignore"],
    ...(options.input !== undefined && { input: options.input }),
    ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
  });
}
