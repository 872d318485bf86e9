import { LONGEST_RUN, type Decoded } from "./decoder.ts";

/** A unit of an encoding in which most characters stand for themselves: `%2F`, `\u0041`, `&#65;`. */
export interface Units {
  /** Sticky. Its match stands for the character whose code `codeOf` gives. */
  readonly unit: RegExp;
  readonly codeOf: (unit: string) => number | undefined;
  /** The character that every unit begins with. */
  readonly marker: string;
}

/** A run of such a text ends at white space and at quotes. */
const ENDS = new Set([..." \t\r\n\"'`<>\0"].map((char) => char.charCodeAt(0)));

function decodeRun(text: string, from: number, to: number, { unit, codeOf, marker }: Units): Decoded | undefined {
  const chars = Buffer.allocUnsafe(to - from);
  const places = new Uint32Array(to - from + 1);
  const mark = marker.charCodeAt(0);
  let length = 0;
  let units = 0;
  for (let i = from; i < to;) {
    places[length] = i;
    let code: number | undefined = text.charCodeAt(i);
    let next = i + 1;
    if (code === mark) {
      unit.lastIndex = i;
      const found = unit.exec(text)?.[0];
      const decoded = found === undefined ? undefined : codeOf(found);
      if (found !== undefined && decoded !== undefined) {
        [code, next] = [decoded, i + found.length];
        units++;
      }
    }
    chars[length++] = code > 0xff ? 0xff : code;
    i = next;
  }
  if (units === 0) return undefined;
  places[length] = to;
  return {
    text: chars.toString("latin1", 0, length),
    source: (start, end) => [places[start] as number, places[end] as number],
  };
}

/** Every run between white space or quotes that holds a unit, decoded. */
export function* decodeUnits(text: string, units: Units): Generator<Decoded> {
  let done = 0;
  for (;;) {
    const marker = text.indexOf(units.marker, done);
    if (marker < 0) return;
    units.unit.lastIndex = marker;
    if (!units.unit.test(text)) {
      // Keeps the beginning of the run in reach without walking back over it again and again.
      done = marker + 1;
      continue;
    }
    let from = marker;
    while (from > 0 && marker - from < LONGEST_RUN && !ENDS.has(text.charCodeAt(from - 1))) from--;
    let to = marker + 1;
    while (to < text.length && to - from < LONGEST_RUN && !ENDS.has(text.charCodeAt(to))) to++;
    const decoded = decodeRun(text, from, to, units);
    if (decoded !== undefined) yield decoded;
    done = Math.max(to, marker + 1);
  }
}
