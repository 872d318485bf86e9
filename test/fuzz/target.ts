import { PatrolError } from "../../src/model/errors.ts";

/** One reader of strangers' bytes. */
export interface Target {
  /** As in `--target` and in the name of its corpus folder. */
  readonly name: string;
  /** Feeds the bytes to the reader and holds what must be true. Whatever it throws is a bug. */
  readonly run: (input: Uint8Array) => void | Promise<void>;
  /** Well-formed inputs, made at run time: mutations begin with these. */
  readonly seeds: () => readonly Uint8Array[];
  /** Large inputs, made at run time, that once took time beyond all bounds; run as they are and not mutated. */
  readonly heavy?: () => readonly Uint8Array[];
  /** Words of the format. */
  readonly words?: readonly (string | Uint8Array)[];
  /** Mutated inputs that `npm test` tries. */
  readonly rounds?: number;
  /** Longest input; as long as a bound of the reader asks for. */
  readonly maxBytes?: number;
  readonly close?: () => void;
}

export type TargetMaker = () => Target | Promise<Target>;

type ErrorClass = abstract new (...args: never[]) => Error;

/** Text that only a test's own secret holds: no error may repeat it. */
export const PLANTED = "planted0secret0text";

/**
 * What `read` gives, or undefined when it refuses with an error that callers expect: a `PatrolError`, or one of `known`.
 *
 * @throws every other error, and one that repeats a secret.
 */
export function refusal<T>(read: () => T, ...known: readonly ErrorClass[]): T | undefined {
  try {
    return read();
  } catch (error) {
    judge(error, known);
    return undefined;
  }
}

export async function laterRefusal<T>(read: () => Promise<T>, ...known: readonly ErrorClass[]): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    judge(error, known);
    return undefined;
  }
}

function judge(error: unknown, known: readonly ErrorClass[]): void {
  const isKnown =
    (error instanceof PatrolError && error.code !== "internal") || known.some((one) => error instanceof one);
  if (!isKnown) throw error;
  if (String(error).includes(PLANTED)) throw new Error(`the error repeats a secret: ${String(error)}`);
}

/** A promise of the reader that did not hold. */
export function hold(condition: boolean, what: () => string): asserts condition {
  if (!condition) throw new Error(what());
}
