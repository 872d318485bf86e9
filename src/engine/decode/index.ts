import { ansi } from "./ansi.ts";
import { base64, base64url } from "./base64.ts";
import type { Decoder } from "./decoder.ts";
import { escape } from "./escape.ts";
import { hex } from "./hex.ts";
import { htmlEntity } from "./html-entity.ts";
import { percent } from "./percent.ts";
import { wrapped } from "./wrapped.ts";

/**
 * Where two read the same run, the first one names it: of the base64s the one that takes the longer runs. The core knows
 * them by their places in this list (core/assembly/peel.ts).
 */
export const DECODERS: readonly Decoder[] = [base64url, base64, hex, percent, escape, htmlEntity, ansi, wrapped];

/** Those that read runs of digits come first. */
const OF_DIGITS = 3;

/** Encodings around a secret that are peeled off at most, whatever is asked for, and those with the times that lines are joined for it. */
const DEEPEST = 8;

/**
 * What may be decoded inside a run that was decoded, as a multiple of its length, and at least so many bytes: percent,
 * escapes and entities each repeat a run once at every depth.
 */
const MOST_GROWTH = 16;
const LEAST_GROWTH = 4096;

/** A text and how to get back from it to the original one. */
export interface Layer {
  readonly text: string;
  /** The encodings peeled off, outermost first, as numbers of `DECODERS`. */
  readonly decoders: readonly number[];
  /** Where `text[start..end)` stands in the original text. */
  readonly trace: (start: number, end: number) => readonly [start: number, end: number];
  /** Whether a unit of an encoding stands for any of `text[start..end)`, or in what that is encoded in. */
  readonly hasUnit: (start: number, end: number) => boolean;
}

/** One decoding: the decoder's number, and which part of the text it found. */
export interface Step {
  readonly decoder: number;
  readonly start: number;
  readonly end: number;
}

/** The text as it stands. */
export const outermost = (text: string): Layer => ({
  text,
  decoders: [],
  trace: (start, end) => [start, end],
  hasUnit: () => false,
});

/** The text of one run. Undefined when the run holds nothing that could be a secret. */
export function decodeRun(layer: Layer, { decoder, start, end }: Step): Layer | undefined {
  const decoded = DECODERS[decoder]?.decode(layer.text, start, end);
  return (
    decoded && {
      text: decoded.text,
      decoders: [...layer.decoders, decoder],
      trace: (from, to) => layer.trace(...decoded.source(from, to)),
      hasUnit(from, to) {
        for (let at = from; at < to; at++) if (decoded.isUnit?.(at)) return true;
        return layer.hasUnit(...decoded.source(from, to));
      },
    }
  );
}

const isSame = (one: Step, other: Step | undefined) =>
  one.decoder === other?.decoder && one.start === other.start && one.end === other.end;

/**
 * What each way leads to, step by step. Ways that begin with the same steps stand in a row, and what these decode to is decoded once:
 * a run of a megabyte may hold thousands of others.
 */
export function* follow(layer: Layer, ways: Iterable<readonly Step[]>): Generator<Layer | undefined> {
  let last: readonly Step[] = [];
  const layers: (Layer | undefined)[] = [layer];
  for (const way of ways) {
    let shared = 0;
    while (shared < way.length && isSame(way[shared]!, last[shared])) shared++;
    layers.length = shared + 1;
    for (const step of way.slice(shared)) {
      const around = layers.at(-1);
      layers.push(around && decodeRun(around, step));
    }
    yield layers.at(-1);
    last = way;
  }
}

/**
 * Everything that a layer's encoded runs decode to, each run a layer of its own, and what they hold, up to `depth` deep. To join lines
 * is no decoding.
 */
export function* peel(layer: Layer, depth: number): Generator<Layer> {
  yield* peelWithin(layer, Math.min(depth, DEEPEST), DEEPEST);
}

function* peelWithin(
  layer: Layer,
  depth: number,
  steps: number,
  decoders = DECODERS.length,
  budget?: { left: number },
): Generator<Layer> {
  if (depth === 0 || steps === 0) return;
  for (const [decoder, { runs, joins = false }] of DECODERS.slice(0, decoders).entries()) {
    for (const [start, end] of runs(layer.text)) {
      const inner = decodeRun(layer, { decoder, start, end });
      if (inner === undefined) continue;
      const { length } = inner.text;
      if (budget !== undefined && (budget.left -= length) < 0) return;
      if (!joins) yield inner;
      const [further, inside] = joins ? [depth, OF_DIGITS] : [depth - 1, DECODERS.length];
      yield* peelWithin(inner, further, steps - 1, inside, budget ?? { left: length * MOST_GROWTH + LEAST_GROWTH });
    }
  }
}
