import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, test } from "vitest";
import { walkInLists } from "../../../src/sources/files/walk.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-walk-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a folder of many files comes in lists that threads can share, in the order of names, with what lies in folders between them", () => {
  const names = Array.from({ length: 700 }, (_, number) => `file-${String(number).padStart(3, "0")}`);
  for (const name of names) writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "file-300-folder"));
  writeFileSync(join(folder, "file-300-folder", "inside"), "");

  const lists = [...walkInLists(folder, { skipped: assert.fail })];

  assert.deepEqual(
    lists.flat().map(({ path }) => path),
    [...names.slice(0, 301), "file-300-folder/inside", ...names.slice(301)].map((name) => join(folder, name)),
  );
  assert.ok(lists.every(({ length }) => length > 0 && length <= 256));
});
