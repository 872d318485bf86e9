import { hasByte, rangeSet, WORD, type ByteSet } from "../regex/byte-set.ts";
import { assertionOf, STEP, type Nfa } from "./nfa.ts";

/** What stands before the first byte; indexes `Automaton.starts`. */
export const BEFORE = { textStart: 0, word: 1, newline: 2, other: 3 } as const;
export type Before = (typeof BEFORE)[keyof typeof BEFORE];

const NEWLINE = rangeSet([10, 10]);

/** What a byte is to an assertion behind it. */
export const BEFORE_BYTE: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, byte) =>
  hasByte(WORD, byte) ? BEFORE.word : byte === 10 ? BEFORE.newline : BEFORE.other,
);

/** Classes that no assertion tells apart when it looks at what follows. */
export interface Kind {
  readonly isWord: boolean;
  readonly isNewline: boolean;
  readonly isEnd: boolean;
  readonly classes: readonly number[];
}

/** The bytes in classes that no set and no assertion of an NFA tells apart, numbered in the order of the bytes. */
export interface ByteClasses {
  readonly ofByte: Uint8Array;
  /** With the last one, which stands for the end of the text. */
  readonly count: number;
  /** Of each class, one of `BEFORE`: what it is to an assertion behind it. */
  readonly before: Uint8Array;
  /** 1 where a set of the NFA holds a class: `set * count + class`. */
  readonly takes: Uint8Array;
  readonly kinds: readonly Kind[];
  /** Of each class: the index of its kind. */
  readonly kindOf: Uint8Array;
}

export function splitBytes(nfa: Nfa): ByteClasses {
  let looksAtWords = false;
  let looksAtLines = false;
  for (let step = 0; step < nfa.size; step++) {
    if (nfa.kinds[step] !== STEP.assertion) continue;
    const assertion = assertionOf(nfa, step);
    looksAtWords ||= assertion === "word-boundary" || assertion === "not-word-boundary";
    looksAtLines ||= assertion === "line-start" || assertion === "line-end";
  }
  const { sets } = nfa;
  const told = [...sets];
  if (looksAtWords) told.push(WORD);
  if (looksAtLines) told.push(NEWLINE);
  const { ofByte, firsts } = partitionBytes(told);

  const end = firsts.length;
  const count = end + 1;
  const before = new Uint8Array(count).fill(BEFORE.other);
  const takes = new Uint8Array(sets.length * count);
  for (let c = 0; c < end; c++) before[c] = BEFORE_BYTE[firsts[c]!]!;
  for (let set = 0; set < sets.length; set++) {
    const words = sets[set]!;
    for (let c = 0; c < end; c++) {
      const byte = firsts[c]!;
      takes[set * count + c] = (words[byte >> 5]! >>> (byte & 31)) & 1;
    }
  }
  const byKind = new Map<number, number[]>();
  firsts.forEach((_, c) => {
    const isWord = looksAtWords && before[c] === BEFORE.word;
    const isNewline = looksAtLines && before[c] === BEFORE.newline;
    const key = (isWord ? 1 : 0) | (isNewline ? 2 : 0);
    const classes = byKind.get(key) ?? [];
    byKind.set(key, classes);
    classes.push(c);
  });
  const kinds = [...byKind].map(([key, classes]) => ({
    isWord: (key & 1) !== 0,
    isNewline: (key & 2) !== 0,
    isEnd: false,
    classes,
  }));
  kinds.push({ isWord: false, isNewline: false, isEnd: true, classes: [end] });
  const kindOf = new Uint8Array(count);
  kinds.forEach(({ classes }, kind) => classes.forEach((c) => (kindOf[c] = kind)));
  return { ofByte, count, before, takes, kinds, kindOf };
}

/** Sets that are told apart at once: with the number of a byte their bits are still a small integer. */
const SETS_AT_ONCE = 22;

/** A number for each byte, equal for bytes that no set tells apart, in the order of the bytes, and the first byte of each number. */
export function partitionBytes(sets: readonly ByteSet[]): { ofByte: Uint8Array; firsts: number[] } {
  const ofByte = new Uint8Array(256);
  let firsts = [0];
  const heldBy = new Int32Array(256);
  for (let from = 0; from < sets.length && firsts.length < 256; from += SETS_AT_ONCE) {
    heldBy.fill(0);
    const to = Math.min(from + SETS_AT_ONCE, sets.length);
    for (let set = from; set < to; set++) markBytes(heldBy, sets[set]!, 1 << (set - from));
    firsts = [];
    const renamed = new Map<number, number>();
    for (let byte = 0; byte < 256; byte++) {
      const key = (heldBy[byte]! << 8) | ofByte[byte]!;
      let number = renamed.get(key);
      if (number === undefined) renamed.set(key, (number = firsts.push(byte) - 1));
      ofByte[byte] = number;
    }
  }
  return { ofByte, firsts };
}

/** Marks the bytes of a set, or where that holds the last byte, and so mostly half of all, those of its complement: either tells the same apart. */
function markBytes(heldBy: Int32Array, set: ByteSet, bit: number): void {
  const flip = set[7]! >>> 31 === 1 ? -1 : 0;
  for (let i = 0; i < 8; i++) {
    for (let word = set[i]! ^ flip; word !== 0; word &= word - 1) {
      heldBy[i * 32 + 31 - Math.clz32(word & -word)]! |= bit;
    }
  }
}
