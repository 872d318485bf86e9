import { CUT_SHARED, LONGEST_RUN } from "./decoder.ts";

/** The characters of an alphabet, by their code. */
export function alphabet(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/**
 * Places of all runs of `shortest` or more characters of an alphabet, as a RegExp finds them; longer ones in pieces that overlap.
 * Looks at a window's last character first: where that is none of the alphabet's, no run reaches over it, and the whole
 * window is passed. So most of a text is never looked at, which a RegExp cannot do.
 */
export function* runsOf(text: string, table: Uint8Array, shortest: number): Generator<readonly [number, number]> {
  for (let from = 0; from + shortest <= text.length;) {
    let at = from + shortest - 1;
    while (at >= from && table[text.charCodeAt(at)] === 1) at--;
    if (at >= from) {
      from = at + 1;
      continue;
    }
    const limit = Math.min(text.length, from + LONGEST_RUN);
    let end = from + shortest;
    while (end < limit && table[text.charCodeAt(end)] === 1) end++;
    yield [from, end];
    from = end - from === LONGEST_RUN ? end - CUT_SHARED : end;
  }
}
