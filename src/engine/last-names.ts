// Names of many files and folders: looked at as one text, so that it costs next to nothing where they hold nothing.
import type { Candidate } from "../model/candidate.ts";
import { isPathOnly } from "./path.ts";
import { asksForEdges, asksForEdgesIn } from "./regex/edges.ts";
import type { Rulebook } from "./rulebook.ts";
import { allHits, DEFAULT_DECODE_DEPTH, type ScanOptions } from "./scan.ts";
import { toText } from "./text.ts";

/** Names of files and folders that lie in one folder. */
export interface NamesIn {
  /** What the paths of all of them begin with. */
  readonly inside: string;
  /** As `joinNames` gives them: to hold each of some ten thousand is work for the collector. */
  readonly names: string;
}

/** Between names: each is a line, or several, and none holds a slash. */
const BETWEEN = "\n/\n";

export const joinNames = (names: readonly string[]): string => names.join(BETWEEN);

export const splitNames = (names: string): string[] => names.split(BETWEEN);

/** To look at so few characters name by name is less work than to ask whether rules tell a name from a line. */
const FEW = 4096;

/**
 * Paths in whose last name something may be found, by a scan of the path, and the folders that they lie in. In no other name is anything,
 * be it by itself or with its keyword in the name of a folder.
 */
export function pathsThatMayHold<T extends NamesIn>(
  folders: readonly T[],
  rulebook: Rulebook,
  options: ScanOptions = {},
): { readonly path: string; readonly folder: T }[] {
  const { maxDecodeDepth = DEFAULT_DECODE_DEPTH } = options;
  const mayHold = (text: string) => rulebook.engine?.mayHold?.(text, maxDecodeDepth) !== false;
  const parts: string[] = [];
  // What is before the names is a line as well: keywords may stand there.
  for (const { inside, names } of folders) parts.push(inside, names);
  const text = `${parts.join("\n")}\n`;
  if (text.length <= FEW) {
    const mayBeIn = ({ inside, names }: NamesIn) =>
      splitNames(names).some((name) => mayHold(name) || mayHold(inside + name));
    if (!folders.some(mayBeIn)) return [];
  }
  const asks = asksForEdges(rulebook.rules) && asksForEdgesIn(text, rulebook.rules);
  const isHeld = mayHold(text);
  if (!asks && !isHeld) return [];
  const touched = isHeld ? touchedIn(text, rulebook, maxDecodeDepth) : [];
  const found: { path: string; folder: T }[] = [];
  let end = 0;
  let range = 0;
  for (const folder of folders) {
    const { inside } = folder;
    end += Buffer.byteLength(inside) + 1;
    for (const name of splitNames(folder.names)) {
      const start = end;
      end += Buffer.byteLength(name) + 1;
      while (range < touched.length && touched[range]!.end <= start) range++;
      // A match that goes over several names tells of each of them.
      const isTouched = range < touched.length && touched[range]!.start < end;
      if (isTouched || (asks && mayHold(name) && touchedIn(name, rulebook, maxDecodeDepth).length > 0))
        found.push({ path: inside + name, folder });
      end += BETWEEN.length - 1;
    }
    end -= BETWEEN.length - 1;
  }
  return found;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The bytes of a text that rules match, in order, no two of which overlap; all of it where a rule was given up on the way. */
function touchedIn(text: string, rulebook: Rulebook, maxDecodeDepth: number): Range[] {
  const bytes = Buffer.from(text);
  const survey = rulebook.engine?.survey?.(bytes, rulebook, maxDecodeDepth);
  const hits = survey?.isEmpty ? [] : allHits(toText(bytes).latin1, rulebook, maxDecodeDepth, survey);
  if ((rulebook.engine?.takeExceeded?.() ?? []).length > 0) return [{ start: 0, end: bytes.length }];
  const ranges: { start: number; end: number }[] = [];
  for (const [start, end] of hits.map(({ matchAt }) => matchAt).sort(([a], [b]) => a - b)) {
    const last = ranges.at(-1);
    if (last === undefined || start >= last.end) ranges.push({ start, end });
    else last.end = Math.max(last.end, end);
  }
  return ranges;
}

/** Of what a scan of a path found, what is found in its last name, behind `inside`: the rest is told of the folders before it, or of the file. */
export function inLastName(inside: string, candidates: readonly Candidate[]): Candidate[] {
  const before = Buffer.byteLength(inside);
  return candidates.filter(({ rule, match }) => !isPathOnly(rule) && match.end > before);
}
