import { MATCH_BIT } from "../compile/determinizer.ts";

/** Whether a path holds a match of one of some patterns, as a table (compile/automaton.ts). */
export interface PathTable {
  /** Class of each byte; base64. */
  readonly classes: string;
  /** With the end of the text, the last one. */
  readonly classCount: number;
  /** By state and class, two bytes each; base64. */
  readonly transitions: string;
  readonly start: number;
}

/** Tells paths that no rule for paths alone matches from those that one may match. */
export class PathLook {
  readonly #classes: Uint8Array;
  readonly #transitions: Buffer;
  readonly #count: number;
  readonly #start: number;

  constructor({ classes, classCount, transitions, start }: PathTable) {
    this.#classes = Buffer.from(classes, "base64");
    this.#transitions = Buffer.from(transitions, "base64");
    this.#count = classCount;
    this.#start = start;
  }

  /** True: none does. Throws when the table is none. */
  isClean(path: string): boolean {
    // Case is folded for ASCII only here, and a long path is cut before a rule sees it (engine/path.ts).
    if (path.length > 4096 || !/^[\x00-\x7f]*$/.test(path)) return false;
    let state = this.#start;
    for (let at = 0; at <= path.length && state !== 0; at++) {
      const byteClass = at < path.length ? this.#classes[path.charCodeAt(at)]! : this.#count - 1;
      const next = this.#transitions.readUInt16LE(2 * (state * this.#count + byteClass));
      if ((next & MATCH_BIT) !== 0) return false;
      state = next;
    }
    return true;
  }
}
