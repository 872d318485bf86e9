// Most files of a folder hold nothing. A sieve tells which, here and in other threads, and leaves the others to the scan.
import { suspendV8Flags } from "../../config/v8-flags.ts";
import { askedPaths } from "../../engine/path-names.ts";
import { isPathOnly } from "../../engine/path.ts";
import type { Rulebook } from "../../engine/rulebook.ts";
import { DEFAULT_DECODE_DEPTH } from "../../engine/scan.ts";
import { PatrolError } from "../../model/errors.ts";
import { SieveThreads } from "../../sources/files/sieve-threads.ts";
import { NOT_SIFTED, Sieve, type Sifted } from "../../sources/files/sieve.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Batch, FileScan } from "./file-scan.ts";
import type { Scan } from "./scan.ts";
import { maxBytes } from "./size-limit.ts";
import { threadsOf } from "./threads.ts";

/** Batches of files on their way: listed, sifted here or in a thread, and scanned where something is left. */
export class Sifting {
  readonly #scan: Scan;
  readonly #files: FileScan;
  /** Left out: every file is scanned. */
  readonly #sieve: Sieve | undefined;
  readonly #threads: SieveThreads<Batch>;
  readonly #asksPath: (path: string) => boolean;
  /** Some are listed before the first is scanned: so it is known early whether a thread pays, which takes its time to begin. */
  readonly #listed: Batch[] = [];
  #ahead: number;

  /** @param isMuch it is a folder: for a file or two no sieve pays. */
  constructor(scan: Scan, files: FileScan, args: Arguments, { isMuch }: { readonly isMuch: boolean }) {
    const { rulebook } = scan.configuration;
    const { engine } = rulebook;
    const core = isMuch && engine?.room !== undefined && canSift(rulebook) ? engine.core?.() : undefined;
    const sifting = {
      maxDecodeDepth: args.number("max-decode-depth") ?? DEFAULT_DECODE_DEPTH,
      maxBytes: maxBytes(args),
      opensArchives: (args.number("max-archive-depth") ?? 0) > 0,
    };
    this.#scan = scan;
    this.#files = files;
    this.#sieve = core && new Sieve(core, sifting);
    this.#asksPath = askedPaths(rulebook);
    this.#threads = new SieveThreads<Batch>({
      threads: core === undefined ? 0 : threadsOf(args) - 1,
      task: () => ({ ...(engine?.twin?.() ?? unreachable()), ...sifting }),
      onThread: suspendV8Flags,
    });
    this.#ahead = this.#threads.paysFromFiles ?? 0;
  }

  /** Takes files in. @returns whether the time is over. */
  async add(batch: Batch): Promise<boolean> {
    this.#threads.expect(batch.entries.length);
    this.#ahead -= batch.entries.length;
    this.#listed.push(batch);
    return this.#ahead < 0 && (await this.#shareListed());
  }

  /** Resolves when all that was taken in is scanned, or the time is over. */
  async finish(): Promise<void> {
    if (await this.#shareListed()) return;
    for (let done = await this.#threads.next(); done !== undefined; done = await this.#threads.next()) {
      if (done.sifted === undefined ? this.#files.all(done.batch) : this.#take(done.batch, done.sifted)) return;
    }
  }

  async close(): Promise<void> {
    await this.#threads.close();
  }

  async #shareListed(): Promise<boolean> {
    for (const batch of this.#listed.splice(0)) if (await this.#share(batch)) return true;
    return false;
  }

  /** Has a batch scanned, here or in another thread. */
  async #share(batch: Batch): Promise<boolean> {
    const sieve = this.#sieve;
    const paths = sieve && pathsOf(batch, this.#asksPath);
    if (paths === undefined) {
      if (this.#files.all(batch)) return true;
    } else if (!this.#threads.give(batch, paths) && sieve && this.#take(batch, sieve.sift(paths))) return true;
    return (await this.#threads.finished()).some(({ batch: done, sifted }) => this.#take(done, sifted));
  }

  /** Counts what a sieve has done, and scans what it left. */
  #take(batch: Batch, { files, bytes, archives, again }: Sifted): boolean {
    this.#files.unopened += archives;
    let isOver = false;
    if (files > 0) {
      this.#scan.count(files - 1, bytes);
      isOver = this.#scan.isOver(0);
    }
    return isOver || again.some((index) => this.#files.one(batch, index));
  }
}

const unreachable = (): never => {
  throw new PatrolError("internal", "a scan shared among threads without a core");
};

/** What a sieve opens; undefined when there is more to say of one of the files than its path. @param asks whether a rule asks for a path alone. */
function pathsOf({ entries }: Batch, asks: (path: string) => boolean): string[] | undefined {
  const paths: string[] = [];
  for (const { location, path, symlink } of entries) {
    if (typeof location !== "string" || symlink !== undefined) return undefined;
    paths.push(asks(path) ? NOT_SIFTED : location);
  }
  return paths;
}

/** Whether the core alone can tell that a file holds nothing whose path no rule asks for: it looks for every other rule. */
const canSift = (rulebook: Rulebook): boolean => {
  const core = rulebook.engine?.core?.();
  if (core === undefined || core.coversAll) return core !== undefined;
  return rulebook.rules.every((rule, index) => core.covers(index) || isPathOnly(rule));
};
