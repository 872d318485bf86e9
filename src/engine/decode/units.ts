import { CUT_SHARED, isTokenByte, LONGEST_RUN, SHORTEST_SECRET, type Decoder } from "./decoder.ts";

/** A unit of an encoding in which most characters stand for themselves: `%2F`, `\u0041`, `&#65;`. */
export interface Units {
  readonly name: string;
  /** Sticky. Its match stands for the character whose code `codeOf` gives. */
  readonly unit: RegExp;
  readonly codeOf: (unit: string) => number | undefined;
  /** The character that every unit begins with. */
  readonly marker: string;
  /**
   * A unit is taken away, and no code is asked for. Where one stands between two words, the run is given a second time, with a
   * blank for each unit: a colour's end may part a token from what stands before it.
   */
  readonly standsForNothing?: boolean;
}

/** A run of such a text ends at white space and at quotes. */
const ENDS = new Set([..." \t\r\n\"'`<>\0"].map((char) => char.charCodeAt(0)));

/** Every run between white space or quotes that holds something with the shape of a unit. */
function* runsWith(
  text: string,
  { unit, marker, standsForNothing = false }: Units,
): Generator<readonly [number, number]> {
  // What is given twice must not be longer than what is given once.
  const longest = standsForNothing ? LONGEST_RUN / 2 : LONGEST_RUN;
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
    while (from > lastEnd && at - from < longest && !ENDS.has(text.charCodeAt(from - 1))) from--;
    let to = at + 1;
    while (to < text.length && to - from < longest && !ENDS.has(text.charCodeAt(to))) to++;
    yield [from, to];
    lastEnd = to - from >= longest ? to - CUT_SHARED : to;
    done = Math.max(at + 1, lastEnd);
  }
}

/** The decoder of units that stand for nothing. */
function removingDecoder(units: Units): Decoder {
  const { name, unit } = units;
  const mark = units.marker.charCodeAt(0);
  return {
    name,
    runs: (text) => runsWith(text, units),
    decode(text, from, to) {
      const chars = Buffer.allocUnsafe(2 * (to - from) + 1);
      const places = new Uint32Array(2 * (to - from) + 2);
      let length = 0;
      let partsWords = false;
      /** Appends the run with `blank` for each unit. @returns whether there was one */
      const append = (blank: boolean): boolean => {
        const begin = length;
        let found = false;
        // A unit was taken away behind a byte of a word.
        let mayPart = false;
        for (let i = from; i < to;) {
          unit.lastIndex = i;
          const one = text.charCodeAt(i) === mark ? unit.exec(text)?.[0] : undefined;
          if (one === undefined) {
            const char = text.charCodeAt(i);
            if (mayPart && isTokenByte(char)) partsWords = true;
            mayPart = false;
            places[length] = i;
            chars[length++] = char;
            i++;
            continue;
          }
          found = true;
          mayPart ||= length > begin && isTokenByte(chars[length - 1] as number);
          if (blank) {
            places[length] = i;
            chars[length++] = 0x20;
          }
          i += one.length;
        }
        return found;
      };
      if (!append(false) || length < SHORTEST_SECRET) return undefined;
      const once = length;
      if (partsWords) {
        // A match may begin with the line feed between the two.
        places[length] = from;
        chars[length++] = 0x0a;
        append(true);
      }
      places[length] = to;
      return {
        text: chars.toString("latin1", 0, length),
        source(start, end) {
          const begin = places[start] as number;
          // It may end with that line feed as well, or behind it.
          if (start < once && end > once) return [begin, to];
          // What was taken away behind the last character is no part of it.
          return [begin, end > start ? (places[end - 1] as number) + 1 : (places[end] as number)];
        },
      };
    },
  };
}

/** The decoder of an encoding that consists of units. */
export function unitDecoder(units: Units): Decoder {
  if (units.standsForNothing) return removingDecoder(units);
  const { name, unit, codeOf } = units;
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
        source: (start, end) => [places[start] as number, places[end] as number],
        isUnit: (at) => (places[at + 1] as number) - (places[at] as number) > 1,
      };
    },
  };
}
