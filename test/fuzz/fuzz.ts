import { seededRandom } from "../../src/engine/regex/sample.ts";
import { mutate, type Surroundings } from "./mutate.ts";
import type { Target } from "./target.ts";

const MAX_BYTES = 1 << 16;

/** Inputs of a target without an end: the kept ones, its seeds, then mutations. The same seed gives the same inputs. */
export function* inputsOf(target: Target, kept: readonly Uint8Array[], seed: number): Generator<Uint8Array> {
  const random = seededRandom(seed);
  const pool = [...kept, ...target.seeds()];
  yield* pool;
  if (target.heavy !== undefined) yield* target.heavy();
  const around: Surroundings = {
    pool,
    words: (target.words ?? []).map((word) => (typeof word === "string" ? Buffer.from(word) : word)),
    maxBytes: target.maxBytes ?? MAX_BYTES,
  };
  for (;;) yield mutate(pool[Math.floor(random() * pool.length)] ?? new Uint8Array(0), random, around);
}

/** The error that an input brings out; undefined: the target holds. */
export async function failure(target: Target, input: Uint8Array): Promise<unknown> {
  try {
    await target.run(input);
    return undefined;
  } catch (error) {
    return error ?? new Error("something empty was thrown");
  }
}
