import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "vitest";
import { sha256 } from "../../../src/sources/git/core/sha256.ts";

test("is Node's digest of any number of bytes, however they are cut in pieces", () => {
  const bytes = Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 37) % 256));
  const large = Buffer.alloc(64 << 10, bytes);
  const texts = [...bytes.keys()].map((length) => bytes.subarray(0, length));
  for (const text of [...texts, large.subarray(1), large, Buffer.concat([large, bytes])]) {
    const expected = createHash("sha256").update(text).digest("hex");
    assert.equal(sha256(text).toString("hex"), expected, `${text.length} bytes`);
    assert.equal(sha256(text.subarray(0, 70), text.subarray(70), Buffer.alloc(0)).toString("hex"), expected);
  }
});
