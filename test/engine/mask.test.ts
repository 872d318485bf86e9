import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { mask } from "../../src/engine/mask.ts";
import { scan } from "../../src/engine/scan.ts";
import { sampleToken } from "../../src/engine/rule-samples.ts";

const rulebook = builtInRulebook();
const secretsOf = (text: string) =>
  scan({ bytes: Buffer.from(text), provenance: { kind: "text" } }, rulebook).map(({ secret }) => secret.reveal());

const token = fc
  .tuple(fc.nat(rulebook.rules.length - 1), fc.nat(1000))
  .map(([index, seed]) => sampleToken(rulebook.rules[index] ?? assert.fail(), seed));
const encoded = fc
  .tuple(token, fc.constantFrom("base64", "hex", "percent", "clear" as const))
  .map(([text, how]) =>
    how === "clear"
      ? text
      : how === "percent"
        ? encodeURIComponent(`=${text}`)
        : Buffer.from(` ${text} `).toString(how),
  );
const piece = fc.oneof(encoded, fc.string({ maxLength: 12 }), fc.constantFrom(" ", "\n", "'", ",", ""));

test("whatever is found in a text is not in its mask, and nothing is found there", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join("");
      const masked = mask(text, rulebook);
      for (const secret of secretsOf(text)) assert.ok(!masked.includes(secret));
      assert.deepEqual(secretsOf(masked), []);
    }),
    { numRuns: 150, seed: 42 },
  );
});
