import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import { afterAll, describe, test } from "vitest";
import { ARCHIVE_LIMITS, archiveKind, createUnpacker, type ArchiveLimits } from "../../../src/sources/files/archive.ts";
import type { Skipped } from "../../../src/sources/source.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-archives-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Made by the system's own tar. */
function tar(files: Record<string, string | Uint8Array>): Buffer {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  execFileSync("tar", ["-cf", "made.tar", ...Object.keys(files)], { cwd: folder });
  return readFileSync(join(folder, "made.tar"));
}

/** A zip of stored entries, by APPNOTE.TXT 4.3. */
function zip(files: Record<string, string | Uint8Array>): Buffer {
  const parts: Buffer[] = [];
  const index: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const content = Buffer.from(text);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(checksum(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, Buffer.from(name), content]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    index.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00"), fields, place, Buffer.from(name)]));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(index);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(index.length, 4);
  end.writeUInt16LE(index.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, directory, Buffer.from("PK\x05\x06"), end]);
}

/** zlib.crc32 came with Node 20.15; its types are newer than ours. */
const checksum: (bytes: Uint8Array) => number = crc32;

async function unpack(name: string, bytes: Uint8Array, limits: Partial<ArchiveLimits> = {}) {
  const unpacker = await createUnpacker({ ...ARCHIVE_LIMITS, depth: 3, ...limits });
  const skipped: Skipped[] = [];
  const files = [...unpacker.unpack(name, bytes, (item) => skipped.push(item))];
  return { files: files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]), skipped };
}

describe("what is inside", () => {
  test("of zip, tar, and compressed tar, by path", async () => {
    const inside = { "a.txt": "one", "b.txt": "two" };
    for (const [name, bytes] of [
      ["x.zip", zip(inside)],
      ["x.tar", tar(inside)],
      ["x.tgz", gzipSync(tar(inside))],
    ] as const)
      assert.deepEqual(await unpack(name, bytes), {
        files: [
          [`${name}!a.txt`, "one"],
          [`${name}!b.txt`, "two"],
        ],
        skipped: [],
      });
  });

  test("of a single compressed file, named without its ending", async () => {
    assert.deepEqual((await unpack("log.txt.gz", gzipSync("hello"))).files, [["log.txt.gz!log.txt", "hello"]]);
  });

  test("of zstd: frames that any writer makes without compressing", async () => {
    // RFC 8878: magic, a frame header with one byte of size, one raw block that is the last.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, (5 << 3) | 1, 0, 0, ...Buffer.from("hello")]);
    assert.deepEqual((await unpack("a.zst", frame)).files, [["a.zst!a", "hello"]]);
  });

  test("of archives in archives, to the depth that is allowed", async () => {
    const nested = zip({ "mid.zip": zip({ "deep.zip": zip({ "a.txt": "x" }) }) });
    assert.deepEqual((await unpack("n.zip", nested)).files, [["n.zip!mid.zip!deep.zip!a.txt", "x"]]);
    const { files, skipped } = await unpack("n.zip", nested, { depth: 2 });
    assert.deepEqual(files, []);
    assert.match(skipped[0]?.why ?? "", /nested deeper than --max-archive-depth 2/);
  });

  test("is known by its first bytes, not by its name", () => {
    assert.equal(archiveKind(Buffer.from("PK is no zip")), undefined);
    assert.equal(archiveKind(Buffer.alloc(0)), undefined);
    assert.equal(archiveKind(zip({ a: "b" })), "container");
  });
});

describe("bounds, each of them reported", () => {
  const bomb = gzipSync(Buffer.alloc(3_000_000));
  test("bytes of an entry", async () => {
    const { files, skipped } = await unpack("b.gz", bomb, { entryBytes: 1 << 20 });
    assert.deepEqual([files, skipped], [[], [{ what: "b.gz", why: "unpacks to more than 1 MB" }]]);
    const inTar = await unpack("b.tar", tar({ big: Buffer.alloc(2_000_000), small: "x" }), { entryBytes: 1 << 20 });
    assert.deepEqual(inTar.files, [["b.tar!small", "x"]]);
    assert.deepEqual(inTar.skipped, [{ what: "b.tar!big", why: "unpacks to more than 1 MB" }]);
  });
  test("bytes in all", async () => {
    const { skipped } = await unpack("b.tar", tar({ a: Buffer.alloc(900_000), b: Buffer.alloc(900_000) }), {
      totalBytes: 1 << 20,
    });
    assert.match(skipped[0]?.why ?? "", /more than 1 MB unpacked/);
  });
  test("unpacked bytes for each packed byte", async () => {
    const { skipped } = await unpack("b.gz", bomb, { ratio: 100, ratioFrom: 1 << 20 });
    assert.match(skipped[0]?.why ?? "", /more than 100 times its size/);
  });
  test("entries", async () => {
    const { files, skipped } = await unpack("b.zip", zip({ a: "1", b: "2", c: "3" }), { entries: 2 });
    assert.equal(files.length, 2);
    assert.match(skipped[0]?.why ?? "", /more than 2 entries/);
  });
});

describe("archives that are broken", () => {
  test("are reported wherever they are cut, and the next one is opened as if nothing were", async () => {
    const unpacker = await createUnpacker({ ...ARCHIVE_LIMITS, depth: 3 });
    const whole = gzipSync(tar({ a: "one" }));
    for (const length of [20, Math.floor(whole.length / 2), whole.length - 4]) {
      const skipped: Skipped[] = [];
      assert.deepEqual([...unpacker.unpack("cut.tgz", whole.subarray(0, length), (item) => skipped.push(item))], []);
      assert.match(skipped[0]?.why ?? "", /corrupt archive/);
      assert.equal([...unpacker.unpack("x.zip", zip({ a: "b" }), () => assert.fail())].length, 1);
    }
  });

  test("never crash: bytes turned at random", async () => {
    const unpacker = await createUnpacker({ ...ARCHIVE_LIMITS, depth: 3 });
    const whole = zip({ "a.txt": "one", "b.txt": "two" });
    for (let seed = 0; seed < 60; seed++) {
      const bytes = Buffer.from(whole);
      for (let turn = 0; turn < 4; turn++)
        bytes[4 + ((seed * 31 + turn * 97) % (bytes.length - 4))] = (seed * 17 + turn * 59) & 255;
      for (const file of unpacker.unpack("x.zip", bytes, () => undefined)) assert.ok(file.bytes.length < 1000);
      await new Promise(setImmediate);
    }
  });
});
