// Encoded words at the edges of what is looked at: where a long file is cut into pieces, and where a change ends.
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { decodingAtMost } from "../../support/decoded.ts";
import { ruleOf } from "../../support/rule-of.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook as plain } from "./git-kit.ts";

const rulebook = withEngine(plain);
const word = (seed: number) => Buffer.from(`${seed}. key = ${crcToken(seed)}`).toString("base64");

async function told(kit: GitKit): Promise<string[]> {
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
  return candidates
    .map(({ provenance: { path }, span, secret }) => `${path} ${span.startLine} ${secret.reveal()}`)
    .sort();
}

test("a token that is encoded at the beginning of a line is told, whichever line of a long file that is", async () => {
  const kit = new GitKit();
  const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n} says nothing at all\n`).join("");
  const seeds = Array.from({ length: 120 }, (_, seed) => seed);
  const before = (seed: number) => 60 + (seed % 70);
  const text = (seed: number) => `${lines(before(seed))}${word(seed)}\n${lines(80)}`;
  kit.commit(Object.fromEntries(seeds.map((seed) => [`${seed}.txt`, text(seed)])));
  const expected = seeds.map((seed) => `${seed}.txt ${before(seed) + 1} ${crcToken(seed)}`).sort();
  assert.deepEqual(await told(kit), expected);
  kit.git("repack", "-adfq");
  assert.deepEqual(await told(kit), expected);
});

test.each([
  ["a line feed becomes a line's end of two bytes", "\n", "\r\n"],
  ["a line's end of two bytes becomes a line feed", "\r\n", "\n"],
])("a token in an encoded word is told where %s before and behind it", async (_, one, other) => {
  const kit = new GitKit();
  const more = Array.from({ length: 40 }, (_, n) => `something else ${n}, and more of it\n`).join("");
  const text = (end: string) => `some first line${end}${word(1)}${end}last\n${more}`;
  kit.commit({ "a.txt": text(one) });
  kit.commit({ "b.txt": text(other) });
  kit.git("repack", "-adfq", "--depth=50");
  assert.deepEqual(await told(kit), [`a.txt 2 ${crcToken(1)}`, `b.txt 2 ${crcToken(1)}`]);
});

test("a token that stood alone on its line in base64 is told again where it comes back in clear", async () => {
  const kit = new GitKit();
  kit.commit({ "a.txt": `first\n${Buffer.from(crcToken(1)).toString("base64")}\n` });
  kit.commit({ "a.txt": "first\n" });
  kit.commit({ "a.txt": `first\n\n${crcToken(1)}\n` });
  assert.deepEqual(await told(kit), [`a.txt 2 ${crcToken(1)}`, `a.txt 3 ${crcToken(1)}`]);
});

test("a token that comes to stand in hex below its old line is told there, although the two lines may be one word", async () => {
  const kit = new GitKit();
  const token = `tok-${"0123456789".repeat(5)}`;
  kit.commit({ "a.txt": token });
  kit.commit({ "a.txt": `first\n${token}\n${Buffer.from(token).toString("hex")}\n` });
  const long = withEngine(compileRulebook([ruleOf("(tok-[0-9]{50})", { secretGroup: 1 })]));
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook: long });
  assert.deepEqual(
    candidates.map(({ span, decoded }) => [span.startLine, decoded.length]),
    [
      [1, 0],
      [3, 1],
    ],
  );
});

test("a thousand tokens in encoded runs of one long word are told, and the word is not decoded for each", async () => {
  const kit = new GitKit();
  const seeds = Array.from({ length: 1000 }, (_, i) => 9000 + i);
  const runs = seeds.map((seed) => `key=%6e${crcToken(seed).slice(1)}`);
  const text = `${runs.join("\\n")}\\n${"x".repeat(500_000)}`;
  kit.commit({ "a.txt": text });
  const expected = seeds.map((seed) => `a.txt 1 ${crcToken(seed)}`).sort();
  assert.deepEqual(await decodingAtMost(60 * text.length, () => told(kit)), expected);
});

describe("a token in base64 that goes over lines", () => {
  const filler = (count: number) => Array.from({ length: count }, (_, n) => `line ${n} says nothing at all\n`).join("");
  const linesOf = (text: string, width = 64) =>
    Buffer.from(text)
      .toString("base64")
      .match(new RegExp(`.{1,${width}}`, "g")) ?? assert.fail();
  // Across the end of the second line.
  const lines = linesOf(`${"A=1\n".repeat(20)}KEY=${crcToken(1)}\n${"B=2\n".repeat(20)}`);
  const between = (text: readonly string[]) =>
    `${filler(60)}${text.map((line) => `  ${line}\n`).join("")}end.\n${filler(60)}`;

  test.each([
    ["a line that was put into it is taken out again", lines.toSpliced(2, 0, "not of it"), lines],
    ["its lines are indented as one", lines.map((line, n) => `${" ".repeat(70 * (n % 2))}${line}`), lines],
    ["a line before its two is torn from it", lines, lines.toSpliced(0, 1, "torn.")],
    ["what stood between two of its lines goes", lines.toSpliced(2, 0, ""), lines],
    ["its last digits come", lines.slice(0, 2), lines],
    ["its first digits come", lines.slice(2), lines],
  ])("is told once where %s", async (_, before, after) => {
    const kit = new GitKit();
    kit.commit({ "a.txt": between(before) });
    kit.commit({ "a.txt": between(after) });
    kit.commit({ "a.txt": `${between(after)}more\n` });
    kit.git("repack", "-adfq", "--depth=50");
    assert.deepEqual(
      (await told(kit)).map((one) => one.split(" ").slice(-1)),
      [[crcToken(1)]],
    );
  });

  test("stays told where other lines of the same word change, and where it is the whole of a long file", async () => {
    const kit = new GitKit();
    const file = (n: number) =>
      `${"x".repeat(3 * n)}${"some words\n".repeat(8_000)}KEY=${crcToken(1)}\n${"more\n".repeat(3_000)}`;
    const versions = Array.from({ length: 8 }, (_, n) => `${linesOf(file(n), 76).join("\n")}\n`);
    for (const text of versions) kit.commit({ "a.txt": text });
    kit.git("repack", "-adfq", "--depth=50");
    const most = 24 * versions.join("").length;
    const found = await decodingAtMost(most, () => told(kit));
    assert.deepEqual(
      found.map((one) => one.split(" ").slice(-1)),
      [[crcToken(1)]],
    );
  });
});

test("what a rule allows in one line of an encoded word is not allowed in the others", async () => {
  const kit = new GitKit();
  const token = `tok-${"0123456789".repeat(5)}`;
  const digits = Buffer.from(`${"some text before it, ".repeat(8)}${token}`).toString("base64");
  kit.commit({ "a.txt": `example=${digits.replace(/.{76}/g, "$&\n")}\n` });
  const inLine = {
    condition: "or",
    paths: [],
    commits: [],
    target: "line",
    regexes: ["example"],
    stopWords: [],
  } as const;
  const rule = ruleOf("(tok-[0-9]{50})", { secretGroup: 1, allowlists: [inLine] });
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook: withEngine(compileRulebook([rule])) });
  assert.deepEqual(
    candidates.map(({ span, secret }) => [span.startLine > 1, secret.reveal()]),
    [[true, token]],
  );
});

describe("a token of no certain length that holds an encoded character", () => {
  const [cut, rest] = ["tok-0123456789ab", "cdef"];
  const rule = ruleOf("\\b(tok-[0-9a-z]{12,30})\\b", {
    allowlists: [
      { condition: "or", paths: ["^docs/"], commits: [], target: "secret", regexes: [`${rest}$`], stopWords: [] },
    ],
  });
  const book = withEngine(compileRulebook([{ ...rule, allowlists: [] }]));
  const secretsOf = async (kit: GitKit, workers = 0) => {
    const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook: book, workers, workersFromBytes: 0 });
    return candidates.map(({ secret, span }) => `${span.startLine} ${secret.reveal()}`);
  };
  const filler = Array.from({ length: 60 }, (_, n) => `line ${n} says nothing at all\n`).join("");

  test.each([0, 2])("is told once, whatever else comes and goes in its file, with %i more threads", async (workers) => {
    const kit = new GitKit();
    for (const line of [
      `key=${cut}%71${rest}&b=1`,
      `key=${cut}%71${rest}&b=2`,
      "gone",
      `key=${cut}`,
      `key=${cut}%71${rest}&b=1`,
    ])
      kit.commit({ "a.txt": `${filler}${line}\n${filler}` });
    kit.git("repack", "-adfq", "--depth=50");
    assert.deepEqual((await secretsOf(kit, workers)).sort(), [`61 ${cut}`, `61 ${cut}q${rest}`]);
  });

  test("is told as far as it stands in clear where a rule allows the whole, and where its path allows it", async () => {
    const kit = new GitKit();
    kit.commit({ "docs/a.txt": `key=${cut}%71${rest}\n`, "b.txt": `x\nkey=${cut}%71${rest}\n` });
    const narrow = { ...rule, allowlists: rule.allowlists.map((list) => ({ ...list, condition: "and" as const })) };
    const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook: withEngine(compileRulebook([narrow])) });
    assert.deepEqual(candidates.map(({ provenance, secret }) => `${provenance.path} ${secret.reveal()}`).sort(), [
      `b.txt ${cut}q${rest}`,
      `docs/a.txt ${cut}`,
    ]);
  });
});
