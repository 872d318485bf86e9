import type { Before } from "./byte-classes.ts";
import { grown } from "./grown.ts";

/** Of the first `count` leaves from `begin` on, in what stands before. */
function hashOf(leaves: Int32Array, begin: number, count: number, before: Before): number {
  let hash: number = before;
  for (let i = begin; i < begin + count; i++) hash = Math.imul(hash ^ leaves[i]!, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}

/**
 * The states of a deterministic automaton by number, and the number of a state by what it is: its leaves, which are steps of
 * the NFA in order, and what stands before. State 0, the dead one, has none.
 */
export class StateList {
  /** States with the dead one. */
  count = 1;
  /** State `s` is `#leaves` from `#begins[s]` to `#begins[s + 1]`. */
  #leaves = new Int32Array(1 << 10);
  #begins = new Int32Array(1 << 7);
  #befores = new Uint8Array(1 << 7);
  #flags = new Uint8Array(1 << 7);
  /** States by hash, open addressing; 0 is free. At most half full. */
  #table = new Int32Array(1 << 8);

  /** Leaves of all states; those of a state stand from `begin` to `end`. Another array when it has grown. */
  get leaves(): Int32Array {
    return this.#leaves;
  }

  begin(state: number): number {
    return this.#begins[state]!;
  }

  end(state: number): number {
    return this.#begins[state + 1]!;
  }

  before(state: number): Before {
    return this.#befores[state] as Before;
  }

  flags(state: number): number {
    return this.#flags[state]!;
  }

  /** Leaves of all states together. */
  get leafCount(): number {
    return this.#begins[this.count]!;
  }

  forget(): void {
    this.count = 1;
    this.#table.fill(0);
  }

  /** The number of the state of the first `count` of `leaves`; it is made when there is none. */
  numberOf(leaves: Int32Array, count: number, before: Before, flags: number): number {
    const mask = this.#table.length - 1;
    let slot = hashOf(leaves, 0, count, before) & mask;
    for (; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      const state = this.#table[slot]!;
      if (this.#befores[state] === before && this.#isOf(state, leaves, count)) return state;
    }
    const state = this.#add(leaves, count, before, flags);
    this.#table[slot] = state;
    if (this.count * 2 > this.#table.length) this.#rehash();
    return state;
  }

  #isOf(state: number, leaves: Int32Array, count: number): boolean {
    const begin = this.#begins[state]!;
    if (this.#begins[state + 1]! - begin !== count) return false;
    for (let i = 0; i < count; i++) if (this.#leaves[begin + i] !== leaves[i]) return false;
    return true;
  }

  #add(leaves: Int32Array, count: number, before: Before, flags: number): number {
    const state = this.count++;
    if (state + 2 > this.#begins.length) {
      this.#begins = grown(this.#begins, state * 2);
      this.#befores = grown(this.#befores, state * 2);
      this.#flags = grown(this.#flags, state * 2);
    }
    const begin = this.#begins[state]!;
    if (begin + count > this.#leaves.length) this.#leaves = grown(this.#leaves, (begin + count) * 2);
    for (let i = 0; i < count; i++) this.#leaves[begin + i] = leaves[i]!;
    this.#begins[state + 1] = begin + count;
    this.#befores[state] = before;
    this.#flags[state] = flags;
    return state;
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2);
    const mask = this.#table.length - 1;
    for (let state = 1; state < this.count; state++) {
      const begin = this.#begins[state]!;
      let slot = hashOf(this.#leaves, begin, this.#begins[state + 1]! - begin, this.before(state)) & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = state;
    }
  }
}
