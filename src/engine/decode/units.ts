import { LONGEST_RUN, SHORTEST_SECRET, type Decoder } from "./decoder.ts";

/** A unit of an encoding in which most characters stand for themselves: `%2F`, `\u0041`, `&#65;`. */
export interface Units {
  readonly name: string;
  /** Sticky. Its match stands for the character whose code `codeOf` gives. */
  readonly unit: RegExp;
  readonly codeOf: (unit: string) => number | undefined;
  /** The character that every unit begins with. */
  readonly marker: string;
  /** A unit is taken away, and no code is asked for. */
  readonly standsForNothing?: boolean;
}

/** A run of such a text ends at white space and at quotes. */
const ENDS = new Set([..." \t\r\n\"'`<>\0"].map((char) => char.charCodeAt(0)));

/** Every run between white space or quotes that holds something with the shape of a unit. */
function* runsWith(text: string, { unit, marker }: Units): Generator<readonly [number, number]> {
  let done = 0;
  let lastEnd = 0;
  for (;;) {
    const at = text.indexOf(marker, done);
    if (at < 0) return;
    unit.lastIndex = at;
    if (!unit.test(text)) {
      done = at + 1;
      continue;
    }
    // A run that was cut is not gone back over: a text without any white space would be decoded again and again.
    let from = at;
    while (from > lastEnd && at - from < LONGEST_RUN && !ENDS.has(text.charCodeAt(from - 1))) from--;
    let to = at + 1;
    while (to < text.length && to - from < LONGEST_RUN && !ENDS.has(text.charCodeAt(to))) to++;
    yield [from, to];
    done = lastEnd = to;
  }
}

/** The decoder of an encoding that consists of units. */
export function unitDecoder(units: Units): Decoder {
  const { name, unit, codeOf, standsForNothing = false } = units;
  const mark = units.marker.charCodeAt(0);
  return {
    name,
    runs: (text) => runsWith(text, units),
    decode(text, from, to) {
      const chars = Buffer.allocUnsafe(to - from);
      const places = new Uint32Array(to - from + 1);
      let length = 0;
      let found = 0;
      for (let i = from; i < to;) {
        places[length] = i;
        let code: number | undefined = text.charCodeAt(i);
        let next = i + 1;
        if (code === mark) {
          unit.lastIndex = i;
          const one = unit.exec(text)?.[0];
          if (one !== undefined && standsForNothing) {
            found++;
            i += one.length;
            continue;
          }
          const decoded = one === undefined ? undefined : codeOf(one);
          if (one !== undefined && decoded !== undefined) {
            [code, next] = [decoded, i + one.length];
            found++;
          }
        }
        chars[length++] = code > 0xff ? 0xff : code;
        i = next;
      }
      if (found === 0 || length < SHORTEST_SECRET) return undefined;
      places[length] = to;
      return {
        text: chars.toString("latin1", 0, length),
        // What was taken away behind the last character is no part of it.
        source: (start, end) => [
          places[start] as number,
          standsForNothing && end > start ? (places[end - 1] as number) + 1 : (places[end] as number),
        ],
      };
    },
  };
}
