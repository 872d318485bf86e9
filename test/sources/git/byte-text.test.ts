import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { hexOf, latin1Of, placeOf, uint16At, uint32At } from "../../../src/sources/git/objects/byte-text.ts";

/** What it gives, or that it throws a RangeError. */
function outcome<T>(of: () => T): T | "RangeError" {
  try {
    return of();
  } catch (error) {
    assert.ok(error instanceof RangeError);
    return "RangeError";
  }
}

test("texts, places and numbers in bytes are what Buffer's own methods say, also beyond the bytes", () => {
  const place = fc.integer({ min: -3, max: 20 });
  const bytes = fc.uint8Array({ maxLength: 16 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(bytes, place, place, fc.integer({ min: 0, max: 255 }), (buffer, from, to, byte) => {
      assert.equal(latin1Of(buffer, from, to), buffer.toString("latin1", from, to));
      assert.equal(hexOf(buffer, from, to), buffer.toString("hex", from, to));
      assert.equal(placeOf(buffer, byte, from), buffer.indexOf(byte, from));
      const at = Math.max(from, 0);
      assert.equal(
        outcome(() => uint16At(buffer, at)),
        outcome(() => buffer.readUInt16BE(at)),
      );
      assert.equal(
        outcome(() => uint32At(buffer, at)),
        outcome(() => buffer.readUInt32BE(at)),
      );
    }),
    { seed: 7, numRuns: 1000 },
  );
});
