// Tables of a rulebook's image whose words refer to one another.
import { complement, emptySet, type ByteSet } from "../regex/byte-set.ts";
import type { Automaton } from "./automaton.ts";
import { BEYOND_PLACES, type InPass, type Pass } from "./beyond.ts";

/** Which filter, most bytes, most line feeds, the pass's number; three filters and how many there are; two tables of sixteen bytes. */
const BEYOND_WORDS = 16;
const ENDLESS = 0xffffffff;
/** A place without a set takes every byte. */
export const ANY = complement(emptySet());

type Referring = "links" | "rules" | "beyonds";

/** The automata that words of links, rules and gaps refer to by offset. They are written last, so the words are filled in then. */
export class Automata {
  readonly #places = new Map<Automaton, { readonly table: Referring; readonly at: number }[]>();

  refer(table: Referring, at: number, automaton: Automaton | undefined): void {
    if (automaton === undefined) return;
    const places = this.#places.get(automaton) ?? [];
    this.#places.set(automaton, places);
    places.push({ table, at });
  }

  write(image: { automaton(automaton: Automaton): number }, words: Readonly<Record<Referring, Uint32Array>>): void {
    for (const [automaton, places] of this.#places) {
      const offset = image.automaton(automaton);
      for (const { table, at } of places) words[table][at] = offset;
    }
  }
}

/** What stands beyond wide gaps, as core/assembly/beyond.ts reads it. */
export class Beyonds {
  readonly words: Uint32Array;
  readonly #numbers = new Map<Pass, number>();
  #entries = 0;
  #begin = 0;

  constructor(most: number) {
    this.words = new Uint32Array(most * BEYOND_WORDS);
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.words.buffer);
  }

  /** How many passes there are. */
  get count(): number {
    return this.#numbers.size;
  }

  /** Where in the image the words are. */
  begin(at: number): void {
    this.#begin = at;
  }

  /** Gives its place in the image. */
  add({ pass, filter: own }: InPass, automata: Automata): number {
    const { sets, filters, mostBytes, mostLines } = pass;
    const at = this.#entries++ * BEYOND_WORDS;
    const number = this.#numbers.get(pass) ?? this.count;
    this.#numbers.set(pass, number);
    this.words.set([own, Math.min(mostBytes, ENDLESS), Math.min(mostLines, ENDLESS), number], at);
    filters.forEach((filter, i) => automata.refer("beyonds", at + 4 + i, filter));
    this.words[at + 7] = filters.length;
    this.bytes.set(nibbleTables(sets), (at + 8) * 4);
    return this.#begin + at * 4;
  }
}

/**
 * Tables by the low and the high half of a byte; each place has two bits in both, and a byte is taken for one of its set where
 * one of them is in both. A set that two bits do not tell exactly is taken for a larger one. Places without a set take every byte.
 */
function nibbleTables(sets: readonly ByteSet[]): Uint8Array {
  const tables = new Uint8Array(32);
  for (let place = 0; place < BEYOND_PLACES; place++) {
    const set = sets[place] ?? ANY;
    const lowsOf = Array.from({ length: 16 }, (_, high) => (set[high >> 1]! >>> ((high & 1) * 16)) & 0xffff);
    // The first bit stands for the high halves with the same low ones as the first that has any, the second for all others.
    const first = lowsOf.find((lows) => lows !== 0);
    lowsOf.forEach((lows, high) => {
      if (lows === 0) return;
      const bit = 1 << (2 * place + (lows === first ? 0 : 1));
      tables[16 + high]! |= bit;
      for (let low = 0; low < 16; low++) if ((lows >> low) & 1) tables[low]! |= bit;
    });
  }
  return tables;
}
