import assert from "node:assert/strict";
import { test } from "vitest";
import { compilePaths } from "../../src/engine/compile/path-table.ts";
import { PathLook } from "../../src/engine/core/path-look.ts";
import { compileRe2 } from "../../src/engine/re2.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../src/engine/regex/sample.ts";

const PATTERNS = [
  String.raw`(?i)(?:^|\/)[^\/]+\.p(?:12|fx)$`,
  String.raw`(^|/)\.env(\.[a-z]+)?$`,
  String.raw`\bid_(rsa|ed25519)\b`,
  String.raw`^secrets?/.{0,9}\.(yml|json)`,
  String.raw`[^a-y]$`,
];

test("a table of path patterns says of every path of ASCII what the patterns say, one by one and together", () => {
  const random = seededRandom(6);
  const pieces = ["", "/", "a/", "secret/", ".env", "x.p12", "X.PFX", "id_rsa", "id_rsa_", ".yml", "z", "~"];
  const piece = () => pieces[Math.floor(random() * pieces.length)] ?? "";
  const made = Array.from({ length: 2000 }, () => piece() + piece() + piece());
  const matching = PATTERNS.flatMap((pattern) =>
    Array.from({ length: 40 }, () => piece() + sample(parseRegex(pattern), random)),
  );
  const paths = [...made, ...matching].filter((path) => /^[\x00-\x7f]*$/.test(path));
  for (const patterns of [...PATTERNS.map((pattern) => [pattern]), PATTERNS]) {
    const look = new PathLook(compilePaths(patterns) ?? assert.fail("a table"));
    const res = patterns.map((pattern) => compileRe2(pattern, "path"));
    const says = paths.map((path) => look.isClean(path));
    assert.deepEqual(
      says,
      paths.map((path) => !res.some((re) => re.test(path))),
    );
    assert.ok(says.includes(true) && says.includes(false), patterns.join(" "));
  }
});

test("a path or pattern of which it could say something else than the rules do is none that it calls clean", () => {
  const look = new PathLook(compilePaths(["secret"]) ?? assert.fail("a table"));
  assert.ok(look.isClean("a.txt"));
  assert.ok(!look.isClean("\u00e4.txt"));
  assert.ok(!look.isClean("a".repeat(5000)));
  for (const pattern of ["\u00e4", String.raw`\x41`, String.raw`\pL`, String.raw`\101`])
    assert.equal(compilePaths([pattern]), undefined, pattern);
});
