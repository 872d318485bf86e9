import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { whyOf } from "../../src/disk/why.ts";

function whyNot(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return whyOf(error);
  }
  return assert.fail("it was done");
}

test("what the file system refuses is said without its path, which the sentence before has named", () => {
  const folder = mkdtempSync(join(tmpdir(), "it's "));
  writeFileSync(join(folder, "file"), "");
  assert.equal(
    whyNot(() => readFileSync(join(folder, "none"))),
    "there is no such file or folder",
  );
  assert.equal(
    whyNot(() => readFileSync(folder)),
    "it is a folder",
  );
  assert.equal(
    whyNot(() => readFileSync(join(folder, "file", "below"))),
    "a file stands where a folder should",
  );
  assert.equal(
    whyNot(() => writeFileSync(join(folder, "file"), "", { flag: "wx" })),
    "EEXIST: file already exists",
  );
});
