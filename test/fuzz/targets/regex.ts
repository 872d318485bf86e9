import { RE2JS } from "re2js";
import { quickTraining, coreBinaries } from "../../../src/config/engine-files.ts";
import { compileRules } from "../../../src/engine/compile/compile-rules.ts";
import { buildNfa } from "../../../src/engine/compile/nfa.ts";
import { Core, MATCH_WORDS, PADDING } from "../../../src/engine/core/core.ts";
import { matchPlain } from "../../../src/engine/plain.ts";
import { withMarks } from "../../../src/engine/regex/closing.ts";
import { groupCount, type Node } from "../../../src/engine/regex/node.ts";
import { parseRegex } from "../../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../../src/engine/regex/sample.ts";
import { toRe2Source } from "../../../src/engine/regex/to-regexp.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { ruleOf } from "../../support/rule-of.ts";
import { hold, refusal, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { patternFrom, textFrom } from "./regex-kit.ts";

/** RE2 itself looks at every step for every byte; larger patterns are compiled only. */
const MOST_STEPS = 1000;

/** Line feeds at the edges of a match are no part of its secret, so that there may be none in these. */
const isOfFeeds = (match: string) => /^\n*$/.test(match);

/**
 * Matches as "start-end", without empty ones: nothing can leak in no bytes. Those of line feeds alone `whole` leaves out. The byte that closes a match may open the next one: `whole`
 * takes it in, as the plain matcher tells a match, and `open` does not, as the core does.
 */
function re2Matches(pattern: RE2JS, node: Node, text: string): { readonly whole: string; readonly open: string } {
  const [whole, open]: [string[], string[]] = [[], []];
  const { node: marked, marks } = withMarks(node);
  const matcher = (marks.length === 0 ? pattern : RE2JS.compile(toRe2Source(marked))).matcher(text);
  const first = pattern.matcher(text);
  let isFound = matcher.find();
  hold(
    first.find() === isFound && (!isFound || (first.start() === matcher.start() && first.end() === matcher.end())),
    () => `with marks ${pattern.pattern()} is another pattern`,
  );
  while (isFound) {
    const [start, end] = [matcher.start(), matcher.end()];
    const mark = marks.find((group) => matcher.start(group) >= 0);
    const next = mark === undefined ? end : matcher.start(mark);
    if (!isOfFeeds(text.slice(start, end))) whole.push(`${start}-${end}`);
    if (next > start) open.push(`${start}-${next}`);
    isFound = mark === undefined ? matcher.find() : matcher.find(next);
  }
  return { whole: whole.join(" "), open: open.join(" ") };
}

function re2(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}

/**
 * Our reader of RE2 syntax, the plain matcher and the compiled core, against re2js: what we read it reads too, and each
 * finds the same places.
 */
export function regex(): Target {
  const training = quickTraining();
  const binaries = coreBinaries();

  const coreMatches = (pattern: string, text: string): string | undefined => {
    const { image, refused } = compileRules([{ id: "fuzzed", pattern }], training);
    if (refused.length > 0) return undefined;
    const core = new Core(binaries);
    core.load(image, [pattern]);
    const address = core.reserve(text.length + 2 * PADDING) + PADDING;
    Buffer.from(core.memory.buffer).fill(0x61, address - PADDING, address + text.length + PADDING);
    Buffer.from(core.memory.buffer).write(text, address, "latin1");
    const count = core.scan(address, text.length);
    if (core.overflowed) return undefined;
    const found: [number, number][] = [];
    for (let i = 0; i < count * MATCH_WORDS; i += MATCH_WORDS)
      found.push([core.matches[i + 1] as number, core.matches[i + 2] as number]);
    return found
      .sort(([a], [b]) => a - b)
      .map((span) => span.join("-"))
      .join(" ");
  };

  return {
    name: "regex",
    rounds: 90,
    maxBytes: 256,
    run(input) {
      const tape = new Tape(input);
      const raw = tape.once(5);
      const pattern = raw ? tape.take(40).toString("latin1") : patternFrom(tape);
      const node = refusal(() => parseRegex(pattern, "fuzzed"));
      if (node === undefined) return;
      const reference = re2(pattern);
      hold(reference !== undefined, () => `we read ${JSON.stringify(pattern)}, RE2 does not`);
      // Classes see bytes, so that what lies beyond ASCII in a pattern means something else to RE2JS.
      if (/[^\0-\x7f]|\\x[89a-fA-F{]|\[:\^/.test(pattern)) return;
      hold(
        groupCount(node) === reference.groupCount(),
        () => `groups of ${JSON.stringify(pattern)} are counted wrongly`,
      );
      if ((buildNfa(node)?.size ?? Infinity) > MOST_STEPS) {
        compileRules([{ id: "fuzzed", pattern }], training);
        return;
      }
      const random = seededRandom(tape.byte());
      const parts = Array.from({ length: 6 }, () => textFrom(tape, tape.below(4)) + sample(node, random).slice(0, 200));
      const text = parts.join("") + textFrom(tape, 6);
      const { whole, open } = re2Matches(reference, node, text);
      const shown = (expected: string) =>
        `${JSON.stringify(pattern)} on ${JSON.stringify(text)}: RE2 finds ${expected};`;

      const rulebook = refusal(() => compileRulebook([ruleOf(pattern)]));
      if (rulebook !== undefined) {
        const told = matchPlain(text, rulebook).filter(({ start, end }) => !isOfFeeds(text.slice(start, end)));
        const plain = [...new Set(told.map(({ start, end }) => `${start}-${end}`))].join(" ");
        hold(plain === whole, () => `${shown(whole)} the plain matcher ${plain}`);
      }
      const fast = coreMatches(pattern, text);
      if (fast !== undefined) hold(fast === open, () => `${shown(open)} the core ${fast}`);
    },
    seeds: () =>
      Array.from({ length: 60 }, (_, seed) => {
        const random = seededRandom(seed);
        return Buffer.from(Array.from({ length: 120 }, () => Math.floor(random() * 256)));
      }),
    words: [
      "(?i)",
      "\\b",
      "{2,5}",
      "[^",
      "]",
      "(?:",
      ")",
      "|",
      "\\Q",
      "\\E",
      "[:alpha:]",
      "\\x{41}",
      "$",
      "^",
      "{1000}",
      "**",
      "\\pL",
      "\\C",
    ],
  };
}
