import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { inWorkplace } from "../../support/patrol.ts";

test(
  "a file of ignores or their key that cannot be written is named",
  inWorkplace(async ({ folder, write, patrol }) => {
    write({ "a.js": "fine\n" });
    symlinkSync("nowhere/key", join(folder, ".patrol-key"));
    const { status, stderr } = await patrol(["baseline"]);
    assert.equal(status, 2);
    assert.match(stderr, /cannot write .*\.patrol-key: EEXIST/);
  }),
);
