// Encoded words at the edges of what is looked at: where a long file is cut into pieces, and where a change ends.
import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { decodingAtMost } from "../../support/decoded.ts";
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

test("a thousand tokens in encoded runs of one long word are told, and the word is not decoded for each", async () => {
  const kit = new GitKit();
  const seeds = Array.from({ length: 1000 }, (_, i) => 9000 + i);
  const runs = seeds.map((seed) => `key=%6e${crcToken(seed).slice(1)}`);
  const text = `${runs.join("\\n")}\\n${"x".repeat(500_000)}`;
  kit.commit({ "a.txt": text });
  const expected = seeds.map((seed) => `a.txt 1 ${crcToken(seed)}`).sort();
  assert.deepEqual(await decodingAtMost(60 * text.length, () => told(kit)), expected);
});
