// Objects as git prints them: the way out for what our own readers cannot do.
import { nowMs } from "../../clock.ts";
import { askGit } from "../ask-git.ts";
import type { GitObject } from "./loose.ts";
import { typeOf } from "../object-id.ts";
import type { Repository } from "../repository.ts";

const MAX_PRINTED_BYTES = 2 ** 31 - 1;
/** One object. What takes git longer is a pack that was made to keep it busy. */
const MAX_MS = 60_000;

/** The object, or undefined when git cannot read it either. Nothing is fetched from a promisor remote. */
export function readByGit(repository: Repository, id: string): GitObject | undefined {
  try {
    const output = askGit(repository, ["cat-file", "--batch"], {
      input: `${id}\n`,
      mostBytes: MAX_PRINTED_BYTES,
      timeoutMs: MAX_MS,
    });
    const end = output.indexOf(10);
    const [, name = "", size = ""] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString("latin1", 0, end)) ?? [];
    const type = typeOf(name);
    const bytes = output.subarray(end + 1, end + 1 + Number(size));
    // Of a large object whose stream is cut short git prints what there is, and ends well.
    const isWhole = bytes.length === Number(size) && output.length === end + 2 + bytes.length;
    return type !== undefined && isWhole ? { type, bytes } : undefined;
  } catch {
    return undefined;
  }
}

/** Why an object that the repository holds is not asked of git; undefined: it may be, or it is not there. */
export function tooLargeToPrint(repository: Repository, id: string): string | undefined {
  try {
    const said = askGit(repository, ["cat-file", "--batch-check=%(objectsize)"], {
      input: `${id}\n`,
      timeoutMs: MAX_MS,
    });
    const size = Number(said.toString("latin1"));
    const isTooLarge = size > MAX_PRINTED_BYTES;
    return isTooLarge ? `${Math.ceil(size / 1e6)} MB, and at most 2147 MB can be scanned at once` : undefined;
  } catch {
    return undefined;
  }
}

/** Objects that git is asked for at the most, when nothing else can read them; of a healthy repository it is none. */
const MOST_ASKED = 1000;
const MOST_ASKING_MS = 300_000;

/**
 * Asks git for what our own readers cannot read of one repository. Git is started for each, so whoever made a million such objects is
 * not followed to the last.
 */
export class AskedGit {
  readonly #repository: Repository;
  #asked = 0;
  #until: number | undefined;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** Undefined also where git was asked for too much already. */
  read(id: string): GitObject | undefined {
    this.#until ??= nowMs() + MOST_ASKING_MS;
    const mayAsk = this.#asked++ < MOST_ASKED && nowMs() < this.#until;
    return mayAsk ? readByGit(this.#repository, id) : undefined;
  }
}
