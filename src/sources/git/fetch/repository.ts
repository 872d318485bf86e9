import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../../disk/make-folder.ts";
import { type GitConfig, GitFailure, type RunningGit, runGit, startGit } from "./process.ts";
import { accessTo, type Remote } from "./remote.ts";

export interface FetchLimits {
  /** For all requests to the server of one push together. */
  readonly fetchMs: number;
  readonly diskBytes: number;
  /** Larger files are reported as skipped. GitHub itself takes none above 100 MB. */
  readonly blobBytes: number;
}

export const DEFAULT_LIMITS: FetchLimits = {
  fetchMs: 10 * 60_000,
  diskBytes: 20 * 1024 ** 3,
  blobBytes: 100 * 1024 ** 2,
};

export interface PartialRepositoryOptions {
  /** Hex digits of an object id: 40, or 64 in a SHA-256 repository. */
  readonly idLength: number;
  readonly limits: FetchLimits;
  /** Folder for the temporary repository; the system's when left out. */
  readonly below?: string;
  readonly signal?: AbortSignal;
}

/** Deeper than any history: git's own word for "all of it". */
export const WHOLE_HISTORY = 2_147_483_647;

const DISK_CHECK_MS = 250;

/** For every command that only reads: a missing object is an answer, never a reason to ask the server. */
const OFFLINE: GitConfig = [["remote.origin.promisor", "false"]];

/**
 * A bare repository in a folder of its own that holds just what one push needs. Nothing is ever checked out, no hook
 * runs, and no object is fetched that was not asked for.
 */
export class PartialRepository {
  readonly folder: string;
  readonly #remote: Remote;
  readonly #options: PartialRepositoryOptions;
  #fetchMsLeft: number;
  #checksObjects = true;
  #isMoved = false;

  private constructor(folder: string, remote: Remote, options: PartialRepositoryOptions) {
    this.folder = folder;
    this.#remote = remote;
    this.#options = options;
    this.#fetchMsLeft = options.limits.fetchMs;
  }

  static async create(remote: Remote, options: PartialRepositoryOptions): Promise<PartialRepository> {
    const below = options.below ?? tmpdir();
    // Whoever clears the disk may have taken the folder away, and a push that cannot be fetched would be tried in vain.
    makeFolder(below, 0o700);
    const folder = await mkdtemp(join(below, "patrol-fetch-"));
    const objectFormat = options.idLength === 64 ? "\tobjectformat = sha256\n" : "";
    await Promise.all([
      mkdir(join(folder, "objects")),
      mkdir(join(folder, "refs")),
      writeFile(join(folder, "HEAD"), "ref: refs/heads/none\n"),
      writeFile(
        join(folder, "config"),
        `[core]\n\trepositoryformatversion = 1\n\tbare = true\n` +
          `[extensions]\n\tpartialclone = origin\n${objectFormat}` +
          `[remote "origin"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n`,
      ),
    ]);
    return new PartialRepository(folder, remote, options);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Commits, tags and trees down to `depth` below the given objects; file contents stay away. */
  async fetchHistory(objects: readonly string[], depth: number): Promise<void> {
    await this.#fetch(
      [`--depth=${depth}`],
      objects.map((id) => `+${id}:refs/patrol/${id}`),
    );
  }

  /** The given objects and nothing else, in one request. */
  async fetchObjects(objects: readonly string[]): Promise<void> {
    await this.#fetch([], objects, [["fetch.negotiationAlgorithm", "noop"]]);
  }

  /** Commits whose parents were not fetched. */
  async shallow(): Promise<Set<string>> {
    try {
      return new Set((await readFile(join(this.folder, "shallow"), "latin1")).split("\n").filter((id) => id !== ""));
    } catch {
      return new Set();
    }
  }

  /** Starts a command that reads what is here, and cannot reach the network. */
  start(args: readonly string[], input: Iterable<string> = []): RunningGit {
    return startGit(args, { folder: this.folder, config: OFFLINE, input, signal: this.#options.signal });
  }

  async run(args: readonly string[], input: Iterable<string> = []): Promise<Buffer> {
    return await runGit(args, { folder: this.folder, config: OFFLINE, input, signal: this.#options.signal });
  }

  async #fetch(args: readonly string[], refspecs: readonly string[], config: GitConfig = []): Promise<void> {
    for (;;) {
      try {
        return await this.#fetchOnce(args, refspecs, config);
      } catch (error) {
        const reason = error instanceof GitFailure ? error.reason : undefined;
        if (reason === "moved" && !this.#isMoved) this.#isMoved = true;
        // A malformed object makes a checked fetch fail whole. Objects are only ever read here, and a leak in an odd
        // repository is still a leak: take them as they are.
        else if (reason === "unknown" && this.#checksObjects) this.#checksObjects = false;
        else throw error;
      }
    }
  }

  async #fetchOnce(args: readonly string[], refspecs: readonly string[], config: GitConfig): Promise<void> {
    const access = accessTo(this.#remote, this.#isMoved);
    const started = performance.now();
    const git = startGit(
      [
        ...["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"],
        ...["--no-auto-maintenance", "--filter=blob:none", ...args, "--stdin", "origin"],
      ],
      {
        folder: this.folder,
        variables: access.variables,
        signal: this.#options.signal,
        input: refspecs.map((refspec) => `${refspec}\n`),
        config: [["transfer.fsckObjects", String(this.#checksObjects)], ...access.config, ...config],
      },
    );
    git.stdout.resume();
    const clock = setTimeout(() => git.stop("time-limit"), Math.max(1, this.#fetchMsLeft));
    const isFull = async () => (await folderBytes(join(this.folder, "objects"))) > this.#options.limits.diskBytes;
    const disk = setInterval(() => void isFull().then((full) => full && git.stop("disk-limit")), DISK_CHECK_MS);
    try {
      await git.ended;
      if (await isFull()) throw new GitFailure("disk-limit");
    } finally {
      clearTimeout(clock);
      clearInterval(disk);
      this.#fetchMsLeft -= performance.now() - started;
    }
  }
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (entry) => entry.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
