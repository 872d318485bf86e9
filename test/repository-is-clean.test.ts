import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { builtInRulebook } from "../src/config/rulebook.ts";
import { scan } from "../src/engine/scan.ts";

test("no tracked file of this repository holds a token", () => {
  const rulebook = builtInRulebook();
  const found: string[] = [];
  const paths = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
  assert.ok(paths.length > 100);
  for (const path of paths) {
    const fragment = { bytes: readFileSync(path), provenance: { kind: "file" as const, path } };
    for (const { rule, span } of scan(fragment, rulebook)) found.push(`${path}:${span.startLine} ${rule.id}`);
  }
  assert.deepEqual(found, []);
});
