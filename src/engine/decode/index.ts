import { base64, base64url } from "./base64.ts";
import type { Decoded } from "./decoder.ts";
import { escape } from "./escape.ts";
import { hex } from "./hex.ts";
import { htmlEntity } from "./html-entity.ts";
import { percent } from "./percent.ts";

/** Where two read the same run, the first one names it: of the base64s the one that takes the longer runs. */
const DECODERS = [base64url, base64, hex, percent, escape, htmlEntity];

/** All that a text's encoded runs decode to, one after another, and how to get back. */
export interface Layer {
  readonly text: string;
  /**
   * The encodings peeled off, outermost first, and the place in the original text of `text[start..end)`. Undefined when
   * the range lies in no single run.
   */
  readonly trace: (
    start: number,
    end: number,
  ) => { decoded: readonly string[]; start: number; end: number } | undefined;
}

interface Run extends Decoded {
  readonly name: string;
  readonly at: number;
}

/** What a layer's text may grow to, as a multiple of the original: percent, escapes and entities each repeat it once. */
const MOST_GROWTH = 8;

/** The text as it stands. */
export const outermost = (text: string): Layer => ({ text, trace: (start, end) => ({ decoded: [], start, end }) });

/** One decoding more. Undefined when nothing in the layer looks encoded. */
export function peel(layer: Layer, originalLength: number): Layer | undefined {
  const runs: Run[] = [];
  const texts: string[] = [];
  let length = 0;
  for (const { name, decode } of DECODERS) {
    for (const { text, source } of decode(layer.text)) {
      if (length + text.length > originalLength * MOST_GROWTH + 4096) break;
      runs.push({ name, text, source, at: length });
      texts.push(text);
      // A newline keeps neighbours apart, so that no token spans two runs.
      length += text.length + 1;
    }
  }
  if (runs.length === 0) return undefined;
  return {
    text: texts.join("\n"),
    trace(start, end) {
      const run = findRun(runs, start);
      if (run === undefined || end > run.at + run.text.length) return undefined;
      const outer = layer.trace(...run.source(start - run.at, end - run.at));
      return outer && { ...outer, decoded: [...outer.decoded, run.name] };
    },
  };
}

/** The last run that begins at or before the offset. */
function findRun(runs: readonly Run[], offset: number): Run | undefined {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle] as Run).at <= offset) low = middle + 1;
    else high = middle;
  }
  return runs[low - 1];
}
