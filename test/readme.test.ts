import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "vitest";

const documents = ["README.md", "CONTRIBUTING.md", ...readdirSync("docs").map((name) => join("docs", name))].filter(
  (name) => name.endsWith(".md"),
);

test("every file that a document links to is there", () => {
  const missing: string[] = [];
  for (const document of documents) {
    for (const [, target = ""] of readFileSync(document, "utf8").matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(dirname(document), target))) missing.push(`${document}: ${target}`);
    }
  }
  assert.deepEqual(missing, []);
});
