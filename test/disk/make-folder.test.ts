import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { makeFolder } from "../../src/disk/make-folder.ts";
import { inWorkplace } from "../support/patrol.ts";

test("a folder is made with those above it, and again without a word", () => {
  const folder = join(mkdtempSync(join(tmpdir(), "patrol-folders-")), "a", "b");
  for (let time = 0; time < 2; time++) makeFolder(folder, 0o700);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
});

test("what is in the way is said: a file, or a link that leads nowhere", () => {
  const folder = mkdtempSync(join(tmpdir(), "patrol-folders-"));
  writeFileSync(join(folder, "file"), "");
  symlinkSync("nowhere", join(folder, "link"));
  mkdirSync(join(folder, "there"));
  symlinkSync("there", join(folder, "other"));
  assert.throws(() => makeFolder(join(folder, "file")), /EEXIST/);
  assert.throws(() => makeFolder(join(folder, "file", "a", "b")), /ENOTDIR/);
  assert.throws(() => makeFolder(join(folder, "link")), /EEXIST/);
  assert.throws(() => makeFolder(join(folder, "link", "a")), /ENOENT/);
  makeFolder(join(folder, "other", "a"));
  assert.equal(existsSync(join(folder, "there", "a")), true);
});

// Node.js itself would try for ever.
test.skipIf(process.platform !== "linux")(
  "where nobody can make a folder, that is said, and a scan does without",
  async () => {
    assert.throws(() => makeFolder("/proc/nothing/a/b"), /ENOENT/);
    await inWorkplace(async ({ write, patrol }) => {
      write({ "a.txt": "nothing\n" });
      const env = { XDG_CACHE_HOME: "/proc/nothing" };
      const { status, stderr } = await patrol(["dir", "."], { env });
      assert.equal(status, 0, stderr);
    })();
  },
);
