import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { test } from "vitest";
import { parsePublished, withPublished } from "../../src/config/published.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { explain } from "../../src/engine/explain.ts";
import { digestOf } from "../../src/engine/published.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { PatrolError } from "../../src/model/errors.ts";

const freshKey = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const keyRules = builtInRules().filter(({ issuer }) => issuer === "private-key");
const rulesWith = (...keys: string[]) =>
  compileRulebook(withPublished(keyRules, new Map([["private-key", keys.map(digestOf)]])));
const fragment = (text: string) => ({ bytes: Buffer.from(text), provenance: { kind: "text" as const } });

test("a key that a project publishes is left out, however it is written down", () => {
  const key = freshKey().trim();
  const rulebook = rulesWith(key);
  const written = {
    "as a file": key,
    "with the line ends of Windows": key.replaceAll("\n", "\r\n"),
    "indented, as in YAML": key.replaceAll("\n", "\n      "),
    "on one line, as in JSON": JSON.stringify({ key }),
    "in a string within JSON": JSON.stringify({ of: JSON.stringify({ key }) }),
  };
  for (const [way, text] of Object.entries(written)) assert.deepEqual(scan(fragment(text), rulebook), [], way);
});

test("any other key is found, and one that is published with a letter changed too", () => {
  const key = freshKey();
  const rulebook = rulesWith(key);
  const changed = key.replace(/[a-z](?=[a-z])/, (letter) => (letter === "q" ? "r" : "q"));
  for (const text of [freshKey(), changed]) assert.equal(scan(fragment(text), rulebook).length, 1);
});

test("the samples of jwt.io are left out, and the same claims under another secret are found", () => {
  const rulebook = compileRulebook(builtInRules());
  const signed = (claims: string, secret: string) => {
    const said = ['{"alg":"HS256","typ":"JWT"}', claims]
      .map((part) => Buffer.from(part).toString("base64url"))
      .join(".");
    return `${said}.${createHmac("sha256", secret).update(said).digest("base64url")}`;
  };
  const admin = '{"sub":"1234567890","name":"John Doe","admin":true}';
  const dated = '{"sub":"1234567890","name":"John Doe","iat":1516239022}';
  for (const sample of [signed(admin, "secret"), signed(dated, "your-256-bit-secret")]) {
    assert.deepEqual(scan(fragment(sample), rulebook), [], sample);
  }
  assert.equal(scan(fragment(signed(admin, freshKey())), rulebook).length, 1);
});

test("explain says that the key is published, and by which digest", () => {
  const key = freshKey();
  const [{ ending } = assert.fail()] = explain(fragment(key), 1, rulesWith(key));
  assert.ok(ending.step === "allowlist");
  assert.match(ending.description, /everybody has it/);
  assert.deepEqual(ending.held, [{ kind: "digest", what: digestOf(key) }]);
});

test("a line of the list that is not of its form, or of no rule, is refused with its place", () => {
  const line = `private-key some/project ${digestOf("x")}`;
  assert.deepEqual([...parsePublished(`# why\n${line}\n`)], [["private-key", [digestOf("x")]]]);
  const refused = (message: RegExp) => (error: unknown) =>
    error instanceof PatrolError && error.code === "rule-invalid" && message.test(error.message);
  assert.throws(() => parsePublished(`# why\n${line}0\n`), refused(/published\.txt, line 2/));
  assert.throws(() => withPublished(keyRules, new Map([["no-rule", []]])), refused(/there is no rule no-rule/));
});
