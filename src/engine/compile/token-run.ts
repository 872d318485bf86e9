import { isSubset, rangeSet, type ByteSet } from "../regex/byte-set.ts";
import { lengthOf, type Node } from "../regex/node.ts";
import { bytesIn } from "./gap.ts";
import { GRAM_LENGTH } from "./training.ts";

/** The digits of both base64 alphabets: what tokens consist of. The notes of core/assembly/notes.ts go by them. */
const DIGITS = rangeSet(
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
  [0x2b, 0x2b],
  [0x2d, 0x2d],
  [0x2f, 0x2f],
  [0x5f, 0x5f],
);
/** A run of so many digits fills five groups of four in a row, wherever it begins. */
export const LEAST_RUN = 23;
/** The last of them stands so many bytes behind the beginning of the run, at the least and at the most. */
const LEAST_END = 16;
const MOST_END = 22;
/** A note stands for so many bytes, and the classifier goes by that of a fingerprint's last byte and by the next. */
const NOTED_BYTES = 64;

/**
 * A run of at least `LEAST_RUN` digits that every match holds. It begins between `least` and `most`, counted from the sequence's first
 * set; and wherever that is, what follows up to `slack` bytes further on begins such a run as well.
 */
export interface TokenRun {
  readonly least: number;
  readonly most: number;
  readonly slack: number;
}

/** The runs that are sure to stand in and behind a sequence: its sets up to `end`, then `rest`, where that is known. */
export function tokenRunsOf(sets: readonly ByteSet[], end: number, rest: readonly Node[] = []): TokenRun[] {
  const walk = new Walk();
  for (const set of sets.slice(0, end)) walk.pass(isSubset(set, DIGITS), 1, 1);
  for (const node of rest) walk.node(node);
  walk.close();
  return walk.runs;
}

/** Whether a run is noted near every fingerprint of four places of the sequence that begins at its set `at`. */
export function isNoted(runs: readonly TokenRun[], at: number): boolean {
  const last = at + GRAM_LENGTH - 1;
  return runs.some(({ least, most, slack }) => {
    const later = Math.max(0, last - LEAST_END - least);
    return later <= slack && most + later + MOST_END <= last + NOTED_BYTES;
  });
}

class Walk {
  readonly runs: TokenRun[] = [];
  #least = 0;
  #most = 0;
  #begin = { least: 0, most: 0 };
  #length = 0;

  node(node: Node): void {
    if (node.kind === "assertion") return;
    if (node.kind === "group") this.node(node.node);
    else if (node.kind === "sequence") node.nodes.forEach((part) => this.node(part));
    else {
      const { min, max } = lengthOf(node);
      this.pass(isSubset(bytesIn(node), DIGITS), min, max);
    }
  }

  /** So many bytes follow, all of them digits or not. */
  pass(areDigits: boolean, min: number, max: number): void {
    if (!areDigits) this.close();
    this.#least += min;
    this.#most += max;
    if (areDigits) this.#length += min;
    else this.#begin = { least: this.#least, most: this.#most };
  }

  /** No digit follows. */
  close(): void {
    const slack = this.#length - LEAST_RUN;
    if (slack >= 0) this.runs.push({ ...this.#begin, slack });
    this.#length = 0;
  }
}
