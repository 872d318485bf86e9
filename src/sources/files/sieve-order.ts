// What a thread that sifts is told, and what it answers.
import type { Sifted, SieveTask } from "./sieve.ts";

/** Batches that a thread has at most, and slots for their claims: one at work, one in wait. */
export const MOST_WAITING = 2;

/** A batch for a thread. */
export interface SieveOrder extends Claim {
  /** Joined by NUL: a list of many is copied one by one. */
  readonly paths: string;
}

/** `number`: the batch's, from 1 on. `slot`: the word of the thread's claims in which that number stands until somebody begins the batch. */
export interface Claim {
  readonly number: number;
  readonly slot: number;
}

export interface SieveAnswer {
  readonly number: number;
  readonly sifted: Sifted;
}

/** What a thread starts with. */
export interface SieveThreadData {
  readonly task: SieveTask;
  readonly claims: Int32Array;
}

/** Whether the batch is for who asks, because nobody has asked before: the thread that begins it, or the one that takes it back. */
export const claim = (claims: Int32Array, { number, slot }: Claim): boolean =>
  Atomics.compareExchange(claims, slot, number, 0) === number;
