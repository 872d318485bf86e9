import assert from "node:assert/strict";
import { test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { Secret } from "../../src/model/secret.ts";
import { c3idOf, hintOf, isWellFormed, mintToken } from "../../src/tokens/format.ts";
import { crcToken, withWrongChecksum } from "../support/tokens.ts";

test("a minted token is well formed, and the engine finds it in a text", () => {
  for (const prefix of ["patrol_", "acme_pat_"]) {
    const secret = mintToken(prefix);
    assert.ok(isWellFormed(secret, prefix));
    assert.match(secret.reveal().slice(prefix.length), /^[0-9A-Za-z]{36}$/);
    const bytes = Buffer.from(`token = "${secret.reveal()}"`);
    const [candidate] = scan({ bytes, provenance: { kind: "text" } }, builtInRulebook(prefix));
    assert.equal(candidate?.rule.id, "patrol-token");
    assert.equal(candidate?.secret.reveal(), secret.reveal());
  }
});

test("two tokens are never the same, and all 62 characters occur", () => {
  const tokens = Array.from({ length: 200 }, () => mintToken("p_").reveal().slice(2));
  assert.equal(new Set(tokens).size, tokens.length);
  assert.equal(new Set(tokens.join("")).size, 62);
});

test("one wrong character, another prefix or another length is no token", () => {
  const text = crcToken(3, "patrol_");
  assert.ok(isWellFormed(new Secret(text), "patrol_"));
  for (const wrong of [withWrongChecksum(text), `x${text}`, `${text}0`, text.slice(1), text.replace("_", "-"), ""])
    assert.ok(!isWellFormed(new Secret(wrong), "patrol_"), wrong);
  assert.ok(!isWellFormed(new Secret(text), "other_"));
});

test("the hint tells tokens apart and holds no random character", () => {
  const text = crcToken(4, "patrol_");
  assert.equal(hintOf(new Secret(text), "patrol_"), `patrol_…${text.slice(-4)}`);
});

test("the C3ID is Microsoft's", () => {
  // The test value of microsoft/security-utilities.
  assert.equal(c3idOf(new Secret("test")), "rPHgxCVAOw6CZsT9xXEw");
});
