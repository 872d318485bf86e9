// What the core refuses by itself: matches of which entropy, an allowlist or a keyword that is nowhere is sure to make nothing.
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { confirm } from "../../src/engine/confirm.ts";
import { MATCH_WORDS, PADDING } from "../../src/engine/core/core.ts";
import { sideOf } from "../../src/engine/core/region.ts";
import { matchAt } from "../../src/engine/plain.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { Within } from "../../src/engine/within.ts";
import type { Allowlist, Rule } from "../../src/model/rule.ts";
import { coreOf, Reference } from "../support/differential.ts";
import { ruleOf as anyRule } from "../support/rule-of.ts";

const ruleOf = (id: string, pattern: string, more: Partial<Rule>) => anyRule(pattern, { id, ...more });

const list = (regexes: readonly string[], more: Partial<Allowlist> = {}): Allowlist => ({
  condition: "or",
  paths: [],
  commits: [],
  target: "secret",
  stopWords: [],
  regexes,
  ...more,
});

/** Of each way in which the core finds a match's start, and with bytes behind the secret that are part of the match and that are not. */
const RULES: readonly Rule[] = [
  ruleOf(
    "assigned",
    String.raw`(?i)[\w.-]{0,20}?(?:key|token)[ \t\w.-]{0,8}['"]{0,2}(?:=|:)[ "'=]{0,3}([\w.=-]{10,40})(?:[ "';\n]|\\n|$)`,
    { entropy: 3, allowlists: [list([String.raw`^[a-z_.-]+$`, "[0-9]{9}"])] },
  ),
  ruleOf("start", String.raw`\btok_([a-z0-9]{8,12})\b`, { entropy: 2.5 }),
  ruleOf("range", String.raw`(?:id|\\n)?pin-([0-9a-f]{10,20})(?:[;"]|$)`, {
    allowlists: [list(["^[0-9]+$"], { condition: "and" }), list(["^[a-f]+$"], { condition: "and", stopWords: ["a"] })],
  }),
  ruleOf("exact", String.raw`zed=([a-z]{16}) `, { entropy: 3 }),
  ruleOf("keyed", String.raw`\b[0-9a-f]{40}\b`, { keywords: ["harbour", "a quay of more than sixteen bytes"] }),
];

const LETTERS = [
  "a",
  "01",
  "abc",
  "0123456789",
  "abcdef",
  "0123456789abcdef",
  "aB3_.=-xYz7Q",
  "abcdefghijklmnopqrstuvwxyz",
];
const BEFORE = [
  "key = ",
  "TOKEN:'",
  "my.api_key_x==",
  "tok_",
  " tok_",
  "pin-",
  "idpin-",
  "zed=",
  " ",
  "key:key=",
  "key",
];
const BEHIND = ["", " ", ";", '"', "'", "\\n", "\n", "=", " key = "];
const OTHERS = ["", "", "harbour\n", "A Quay of more", "x\n".repeat(40)];

/** A text with some secrets, of few letters or of many. */
function textFor(random: () => number): string {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const made = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const letters = pick(LETTERS);
    const length = random() < 0.2 ? 40 : 8 + Math.floor(random() * (random() < 0.05 ? 400 : 14));
    const secret = Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join("");
    return pick(BEFORE) + secret + pick(BEHIND);
  });
  return pick(OTHERS) + made.join(pick(["", "\n", " "])) + pick(OTHERS);
}

describe("a look at a whole text", () => {
  const core = coreOf(RULES);
  const address = core.reserve((1 << 16) + 4 * PADDING) + PADDING;
  const plain = compileRulebook(RULES);
  const look = (text: string, tellsRefused = false) => {
    const length = Buffer.from(core.memory.buffer, address, 1 << 15).write(text, "latin1");
    return core.mayHold(address, length, sideOf(address, length), 2, tellsRefused);
  };
  const holds = (text: string) =>
    scan({ bytes: Buffer.from(text, "latin1"), provenance: { kind: "file" } }, plain).length > 0;

  test("passes over nothing that a scan tells, and over most of what a scan refuses", () => {
    const random = seededRandom(11);
    const seen = { told: 0, passed: 0, left: 0 };
    for (let round = 0; round < 2500; round++) {
      const text = textFor(random);
      const may = look(text);
      if (!may) assert.ok(!holds(text), JSON.stringify(text));
      if (may && !look(text, true)) assert.fail("more is told where what is refused is told too");
      if (!look(text, true)) continue;
      if (holds(text)) seen.told++;
      else if (may) seen.left++;
      else seen.passed++;
    }
    assert.ok(seen.told > 200 && seen.passed > 200, JSON.stringify(seen));
    assert.ok(seen.passed > seen.left, JSON.stringify(seen));
  });

  test("leaves to the scan what is close to the bound of entropy", () => {
    // Three bits to the letter, which is the bound, and a little more.
    assert.ok(look("zed=aabbccddeeffgghh "));
    assert.ok(!holds("zed=aabbccddeeffgghh "));
    assert.ok(look("zed=aabbccddeeffgghi "));
    assert.ok(holds("zed=aabbccddeeffgghi "));
    assert.ok(!look("zed=aabbccddeeffgggg "));
  });

  test("minds a keyword anywhere in the text, and around an encoded run", () => {
    const digits = "0123456789abcdef0123456789abcdef01234567";
    const encoded = Buffer.from(`= ${digits} =`).toString("base64");
    for (const text of [digits, `${digits}\nHARBOUR`, `harbour ${digits}`, `${encoded}\n`, `Harbour\n${encoded}`]) {
      if (holds(text)) assert.ok(look(text), text);
    }
    assert.ok(!look(digits));
    assert.ok(look(`${digits}${"\n".repeat(9000)}harbour`));
    assert.ok(!look(digits));
  });

  test("tells in text of two bytes a character what it tells in the same text of one", () => {
    const random = seededRandom(12);
    for (let round = 0; round < 300; round++) {
      const text = `${textFor(random)}${" ".repeat(16)}`;
      const length = Buffer.from(core.memory.buffer, address, 1 << 15).write(`\ufeff${text}`, "utf16le");
      assert.equal(core.mayHold(address, length, sideOf(address, length), 0), mayHoldFlat(text), text);
    }
    function mayHoldFlat(text: string): boolean {
      const length = Buffer.from(core.memory.buffer, address, 1 << 15).write(`\xff${text}`, "latin1");
      return core.mayHold(address, length, sideOf(address, length), 0);
    }
  });
});

describe("a scan of a text that others are made from", () => {
  const core = coreOf(RULES);
  const room = core.reserve(core.openingsBytes);
  const address = core.reserve((1 << 16) + 2 * PADDING) + PADDING;
  const reference = new Reference(RULES);

  function told(text: string, isNoted: boolean): string[] {
    const words = new Int32Array(core.memory.buffer);
    words[(room >> 2) + 1] = isNoted ? address : 0;
    words[(room >> 2) + 2]!++;
    Buffer.from(core.memory.buffer).write(text, address, "latin1");
    const count = core.scan(address, text.length);
    return Array.from({ length: count }, (_, i) => {
      const [rule, start, end] = core.matches.subarray(i * MATCH_WORDS);
      return `${RULES[rule!]!.id} ${start} ${end}`;
    }).sort();
  }

  test("leaves away only what is refused and keeps nothing from its place that would stand", () => {
    core.noteOpenings(room);
    const random = seededRandom(13);
    let [left, kept] = [0, 0];
    for (let round = 0; round < 1000; round++) {
      const text = textFor(random);
      const all = reference.spans(Buffer.from(text, "latin1"));
      assert.deepEqual(told(text, false), all);
      const some = new Set(told(text, true));
      for (const span of all) {
        if (some.delete(span)) kept++;
        else {
          assert.ok(isNothing(text, span), `${span} in ${JSON.stringify(text)}`);
          left++;
        }
      }
      assert.equal(some.size, 0);
    }
    assert.ok(left > 100 && kept > 100, `${left} ${kept}`);
  });

  /** As the history's sifter asks, in JavaScript. */
  function isNothing(text: string, span: string): boolean {
    const [id, start, end] = span.split(" ");
    const rule = RULES.find((one) => one.id === id)!;
    const book = compileRulebook([{ ...rule, keywords: [] }]);
    const part = (from: number, to: number) => text.slice(from, to);
    const isRefused = (from: number, to: number) => {
      const match = matchAt(part, book, book.rules[0]!, from, to);
      if (match === undefined) return true;
      const secret = part(match.secretStart, match.secretEnd);
      const subject = { secret, match: part(match.start, match.end), line: "", provenance: { kind: "file" } } as const;
      return confirm(rule, subject).kind === "refused";
    };
    const others = Within.of(rule.pattern)?.find(part(Number(start), Number(end) + 1), Number(end) - Number(start));
    const isOpen = others === undefined && Number(end) - Number(start) <= 256;
    return (
      isRefused(Number(start), Number(end)) &&
      !isOpen &&
      (others ?? []).every(([from, to]) => isRefused(Number(start) + from, Number(start) + to))
    );
  }
});
