import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "vitest";
import { SHA1 } from "../../../src/sources/git/object-id.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";

/** An index of version 2 of objects with these ids, of which number `i` starts at 1000 + i. */
function indexOf(ids: readonly Buffer[]): Buffer {
  const fan = Buffer.alloc(1024);
  for (let first = 0; first < 256; first++)
    fan.writeUInt32BE(ids.filter((id) => (id[0] as number) <= first).length, 4 * first);
  const offsets = Buffer.alloc(4 * ids.length);
  for (const at of ids.keys()) offsets.writeUInt32BE(1000 + at, 4 * at);
  const head = Buffer.from("ff744f6300000002", "hex");
  return Buffer.concat([head, fan, ...ids, Buffer.alloc(4 * ids.length), offsets, Buffer.alloc(40)]);
}

const inOrder = (ids: readonly Buffer[]) => [...ids].sort((a, b) => a.compare(b));

describe("an index that is read in parts", () => {
  test.each([
    ["spread evenly", (id: Buffer) => id],
    ["that begin alike", (id: Buffer) => id.fill(7, 0, 1)],
    ["that somebody chose", (id: Buffer) => id.fill(7, 0, 3 + ((id[5] as number) & 1))],
    ["at both ends", (id: Buffer) => id.fill((id[5] as number) & 1 ? 255 : 0, 0, 1)],
  ])("finds what it holds and nothing else, of ids %s", (_, made) => {
    const all = inOrder(Array.from({ length: 12_000 }, () => made(randomBytes(20))));
    const [held, others] = [0, 1].map((side) => all.filter((__, at) => at % 2 === side)) as [Buffer[], Buffer[]];
    const folder = mkdtempSync(join(tmpdir(), "patrol-index-"));
    try {
      const path = join(folder, "a.idx");
      writeFileSync(path, indexOf(held));
      // What was read before must not matter: in order, against it, and few of many.
      for (const step of [1, -1, 97]) {
        const index = PackIndex.readInParts(path, SHA1);
        for (let at = step < 0 ? held.length - 1 : 0; at >= 0 && at < held.length; at += step) {
          assert.equal(index.find(held[at] as Buffer), at);
          assert.equal(index.find(others[at] as Buffer), -1);
          assert.equal(index.offset(at), 1000 + at);
          assert.deepEqual(index.idBytesAt(at), held[at]);
        }
        index.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
