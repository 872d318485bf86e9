import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "vitest";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { ByteReader } from "../../../src/sources/git/objects/byte-reader.ts";

describe("fields of a stream", () => {
  test("are the same however it comes in pieces", async () => {
    const random = seededRandom(5);
    for (let round = 0; round < 200; round++) {
      const fields = Array.from({ length: 8 }, () => "f".repeat(Math.floor(random() * 9)));
      const bytes = Buffer.from(`${fields.join("\0")}\0tail`);
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length;) {
        const to = at + 1 + Math.floor(random() * 7);
        chunks.push(bytes.subarray(at, to));
        at = to;
      }
      const reader = new ByteReader(Readable.from(chunks));
      for (const field of fields) assert.equal((await reader.until(0))?.toString(), field);
      assert.equal((await reader.take(2))?.toString(), "ta");
      assert.equal(await reader.until(0), undefined);
    }
  });

  test("of many megabytes in small pieces are put together once", async () => {
    const chunk = Buffer.alloc(512, "x");
    // Copied anew with every piece, this would be 2.5 terabytes.
    const pieces = function* () {
      for (let i = 0; i < 100_000; i++) yield chunk;
      yield Buffer.from("\0next\0");
    };
    const reader = new ByteReader(Readable.from(pieces()));
    assert.equal((await reader.until(0))?.length, 100_000 * 512);
    assert.equal((await reader.until(0))?.toString(), "next");
  });
});
