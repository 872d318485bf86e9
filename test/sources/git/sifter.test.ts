// A match alone, away from its file, must give the secret that it gives in it.
import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { Sifter } from "../../../src/sources/git/scan/sifter.ts";
import { randomText } from "../../support/tokens.ts";
import { GitKit } from "./git-kit.ts";

const HEX = "0123456789abcdef";
const rulebook = withEngine(compileRulebook(builtInRules().filter(({ id }) => id === "datastax-astra-token")));

test("a token that may go on is told as a scan of its file tells it, whatever stands behind it", async () => {
  const kit = new GitKit();
  const token = `AstraCS:${randomText(1, 24)}`;
  const files = Array.from({ length: 70 }, (_, length) => `${token}:${randomText(length, length, HEX)}`).flatMap(
    (text) => [text, `${text}\n`, `${text}_more\n`, `${text}, more\n`],
  );
  kit.commit(Object.fromEntries(files.map((text, number) => [`${number}.txt`, text])));
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
  const told = new Map(
    candidates.map(({ secret, provenance, match }) => [provenance.path, `${secret.reveal()} ${match.end}`]),
  );
  for (const [number, text] of files.entries()) {
    const path = `${number}.txt`;
    const [{ secret, match } = assert.fail(), ...more] = scan(
      { bytes: Buffer.from(text), provenance: { kind: "file", path } },
      rulebook,
    );
    assert.deepEqual(more, []);
    assert.equal(told.get(path), `${secret.reveal()} ${match.end}`, text);
  }
});

test.each([
  ["^tok", true],
  ["tok|\\Atik", true],
  ["x(?:^|y)", true],
  ["[a]^tok", true],
  ["[]a]^tok", true],
  ["[[:alpha:]]^tok", true],
  ["\\\\^tok", true],
  ["\\Q[\\E^tok]", true],
  ["(?m:^)^tok", true],
  ["[^a]tok", false],
  ["[a^]tok\\^", false],
  ["[\\]^]tok", false],
  ["[[:alpha:]^]tok", false],
  ["(?m:^)tok", false],
  ["(?m)^tok", false],
])("a text's beginning is asked for by the rules' patterns, parsed or not: %s, %s", (pattern, expected) => {
  const [rule = assert.fail()] = rulebook.rules;
  const rules = [rule, { ...rule, id: "another", pattern }];
  assert.equal(new Sifter({ ...rulebook, rules }).asksForEdges, expected);
});
