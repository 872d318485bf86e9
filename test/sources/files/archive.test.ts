import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, test } from "vitest";
import { archiveKind } from "../../../src/sources/files/archive-kind.ts";
import { createUnpacker } from "../../../src/sources/files/archive.ts";
import { ARCHIVE_LIMITS } from "../../../src/sources/files/archive-budget.ts";
import type { Skipped } from "../../../src/sources/source.ts";
import { namesOf, unpack } from "../../support/unpack.ts";
import { checksum, zip } from "../../support/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-archives-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One of a folder, in a format of tar's. */
function tarOf(within: string, format: string): Buffer {
  execFileSync("tar", ["-cf", "made.tar", `--format=${format}`, "-C", within, "."], { cwd: folder });
  return readFileSync(join(folder, "made.tar"));
}

/** Made by the system's own tar. */
function tar(files: Record<string, string | Uint8Array>): Buffer {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  execFileSync("tar", ["-cf", "made.tar", ...Object.keys(files)], { cwd: folder });
  return readFileSync(join(folder, "made.tar"));
}

const u16 = (value: number) => Buffer.from([value & 255, (value >> 8) & 255]);

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}

/** A 7z of one file that is not compressed, by the format's 7zFormat.txt; names and content below 64 bytes. */
function sevenZip(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const size = content.length;
  const names = Buffer.from(`${name}\0`, "utf16le");
  const folder = [7, 0x0b, 1, 0, 1, 1, 0, 0x0c, size, 0];
  const streams = [4, 6, 0, 1, 9, size, 0, ...folder, 8, 0x0a, 1, ...u32(checksum(content)), 0, 0];
  const header = Buffer.from([1, ...streams, 5, 1, 0x11, names.length + 1, 0, ...names, 0, 0]);
  const start = Buffer.concat([u32(size), u32(0), u32(header.length), u32(0), u32(checksum(header))]);
  const signature = Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
  return Buffer.concat([signature, u32(checksum(start)), start, content, header]);
}

/** A 7z of one entry of so many times two megabytes of zeros, by LZMA2: 382 bytes each. */
function sevenZipOfZeros(times: number, mode: number): Buffer {
  const chunk = execFileSync("xz", ["--format=raw", "--lzma2=dict=1MiB", "-c"], { input: Buffer.alloc(1 << 21) });
  const packed = Buffer.concat([...Array.from({ length: times }, () => chunk.subarray(0, -1)), Buffer.alloc(1)]);
  const eight = (value: number) => Buffer.concat([Buffer.from([255]), u32(value), u32(Math.floor(value / 2 ** 32))]);
  const names = Buffer.from("zeros\0", "utf16le");
  const folder = [7, 0x0b, 1, 0, 1, 0x21, 0x21, 1, 0x18, 0x0c, ...eight(times * 2 ** 21), 0];
  const streams = [4, 6, 0, 1, 9, ...eight(packed.length), 0, ...folder, 8, 0, 0];
  const attributes = [0x15, 6, 1, 0, ...u32(0x8000 + mode * 65_536)];
  const header = Buffer.from([1, ...streams, 5, 1, 0x11, names.length + 1, 0, ...names, ...attributes, 0, 0]);
  const start = Buffer.concat([u32(packed.length), u32(0), u32(header.length), u32(0), u32(checksum(header))]);
  const signature = Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]);
  return Buffer.concat([signature, u32(checksum(start)), start, packed, header]);
}

/** A rar of one stored file, by the format's technote.txt (version 2.9). */
function rar(name: string, text: string): Buffer {
  const content = Buffer.from(text);
  const block = (rest: Buffer) => Buffer.concat([u16(checksum(rest) & 0xffff), rest]);
  const size = u32(content.length);
  const about = Buffer.concat([u32(checksum(content)), u32(0x5a210000), Buffer.from([20, 0x30]), u16(name.length)]);
  const fields = Buffer.concat([size, size, Buffer.from([3]), about, u32(0o100644), Buffer.from(name)]);
  const head = Buffer.concat([Buffer.from([0x74]), u16(0x8000), u16(7 + fields.length), fields]);
  return Buffer.concat([
    Buffer.from([0x52, 0x61, 0x72, 0x21, 0x1a, 7, 0]),
    block(Buffer.from([0x73, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0])),
    block(head),
    content,
    block(Buffer.from([0x7b, 0, 0x40, 7, 0])),
  ]);
}

/** Compressed by the system's own program. */
const compressed = (program: "xz" | "bzip2", bytes: Uint8Array) => execFileSync(program, ["-c"], { input: bytes });

describe("names", () => {
  test("are told once each, with the folders that they lie in, of whatever kind the archive is", async () => {
    const bytes = zip({ "a/b/c.txt": "1", "a/b/d.txt": "2", "a/": "", "e//f": "3", "in.7z": sevenZip("g/h", "x") });
    const { named, skipped } = await namesOf("x.zip", bytes);
    const expected = ["a", "a/b", "a/b/c.txt", "a/b/d.txt", "e", "e//f", "in.7z", "in.7z!g", "in.7z!g/h"];
    assert.deepEqual([named, skipped], [expected.map((one) => `x.zip!${one}`), []]);
    assert.deepEqual((await namesOf("x.rar", rar("a/b", "x"))).named, ["x.rar!a", "x.rar!a/b"]);
  });

  test("are told as far as an archive can be read", async () => {
    const whole = tar({ "a.txt": "1", "b.txt": "2".repeat(2000) });
    const { named, skipped } = await namesOf("x.tar", whole.subarray(0, 2000));
    assert.deepEqual([named, skipped.length > 0], [["x.tar!a.txt", "x.tar!b.txt"], true]);
  });

  test("of many letters with all that is above them are told up to a limit, and what they name is read all the same", async () => {
    const deep = (length: number) => "a/".repeat(length);
    const { named, files, skipped } = await namesOf("x.zip", zip({ [deep(10)]: "", [`${deep(3000)}b`]: "", c: "" }), {
      names: 1000,
    });
    assert.deepEqual([files, skipped], [2, [{ what: "x.zip", why: "names of more than 1000 characters" }]]);
    assert.ok(named.length < 100);
  });
});

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

  describe("by names beyond ASCII,", () => {
    const names = [
      "b.txt",
      "\u00e9\u2603 \u6f22/\u00fc.txt",
      `${"\u00e4".repeat(40)}/${"\u00f6".repeat(40)}.txt`,
      "___.txt",
      "\u6f22.txt",
    ];
    const inside = Object.fromEntries(names.map((name) => [name, `of ${name.length}`]));
    const expected = (archive: string) => names.map((name) => [`${archive}!${name}`, inside[name]]).sort();
    /** The flag that says that names are in UTF-8. */
    const flagged = (bytes: Buffer) => {
      const copy = Buffer.from(bytes);
      for (const [head, at] of [
        ["PK\x03\x04", 6],
        ["PK\x01\x02", 8],
      ] as const)
        for (let from = -1; (from = copy.indexOf(head, from + 1, "latin1")) >= 0;) copy.writeUInt16LE(0x800, from + at);
      return copy;
    };

    test("of zip, whether it says that they are UTF-8 or not", async () => {
      for (const bytes of [zip(inside), flagged(zip(inside))]) {
        const { files, skipped } = await unpack("x.zip", bytes);
        assert.deepEqual([files.sort(), skipped], [expected("x.zip"), []]);
      }
    });

    test.each(["ustar", "gnu", "pax", "oldgnu"])("of a %s tar", async (format) => {
      const within = join(folder, format);
      for (const name of names) {
        mkdirSync(dirname(join(within, name)), { recursive: true });
        writeFileSync(join(within, name), inside[name] ?? "");
      }
      const { files, skipped } = await unpack("x.tar", tarOf(within, format));
      assert.deepEqual(
        [files.map(([name, text]) => [name?.replace("!./", "!"), text]).sort(), skipped],
        [expected("x.tar"), []],
      );
    });

    test("of another encoding, as those of a history are shown", async () => {
      const bytes = zip({ "a#.txt": "one", "b.txt": "two" }).map((byte) => (byte === 0x23 ? 0xe9 : byte));
      for (const latin1 of [bytes, flagged(Buffer.from(bytes))]) {
        const { files, skipped } = await unpack("x.zip", latin1);
        assert.deepEqual(
          [files, skipped],
          [
            [
              ["x.zip!a\ufffd.txt", "one"],
              ["x.zip!b.txt", "two"],
            ],
            [],
          ],
        );
      }
    });
  });

  test("of gzip, also behind zeros between its members", async () => {
    const bytes = Buffer.concat([gzipSync("one "), Buffer.alloc(300), gzipSync("two"), Buffer.alloc(9)]);
    assert.deepEqual(await unpack("a.gz", bytes), { files: [["a.gz!a", "one two"]], skipped: [] });
  });

  test("of a single compressed file, named without its ending", async () => {
    assert.deepEqual((await unpack("log.txt.gz", gzipSync("hello"))).files, [["log.txt.gz!log.txt", "hello"]]);
  });

  test("of 7z and rar", async () => {
    for (const [name, bytes] of [
      ["x.7z", sevenZip("a.txt", "one")],
      ["x.rar", rar("a.txt", "one")],
    ] as const) {
      assert.equal(archiveKind(bytes), "container");
      assert.deepEqual(await unpack(name, bytes), { files: [[`${name}!a.txt`, "one"]], skipped: [] });
    }
  });

  test("of xz and bzip2: whatever a single file is, to its last byte", async () => {
    const inside = [
      "line\n".repeat(20),
      "#mtree\na type=file\n",
      "d: x\n",
      "a b\n",
      `x${"\0".repeat(200_000)}`,
      "\0",
      "07070100",
    ];
    for (const [program, ending] of [
      ["xz", "xz"],
      ["bzip2", "bz2"],
    ] as const) {
      for (const text of inside) {
        const alone = await unpack(`a.txt.${ending}`, compressed(program, Buffer.from(text)));
        assert.deepEqual(alone, { files: [[`a.txt.${ending}!a.txt`, text]], skipped: [] });
      }
      const gzip = await unpack(`a.txt.gz.${ending}`, compressed(program, gzipSync("one")));
      assert.deepEqual(gzip, { files: [[`a.txt.gz.${ending}!a.txt.gz!a.txt`, "one"]], skipped: [] });
      const zipped = await unpack(`a.zip.${ending}`, compressed(program, zip({ "\u00e9.txt": "one" })));
      assert.deepEqual(zipped, { files: [[`a.zip.${ending}!\u00e9.txt`, "one"]], skipped: [] });
      const twice = compressed(program, compressed("xz", tar({ "\u00e9.txt": "one" })));
      const name = `a.tar.xz.${ending}`;
      assert.deepEqual(await unpack(name, twice), { files: [[`${name}!a.tar.xz!\u00e9.txt`, "one"]], skipped: [] });
    }
  });

  test("of xz and bzip2: a tar, or a single file, in one stream or more", async () => {
    for (const [program, ending] of [
      ["xz", "xz"],
      ["bzip2", "bz2"],
    ] as const) {
      const inTar = await unpack(`x.tar.${ending}`, compressed(program, tar({ "a.txt": "one" })));
      assert.deepEqual(inTar, { files: [[`x.tar.${ending}!a.txt`, "one"]], skipped: [] });
      const long = Array.from({ length: 40_000 }, (_, line) => `line ${line}\n`).join("");
      for (const text of ["hello", "", long, "x".repeat(1 << 16), "x".repeat(1 << 17)]) {
        const alone = await unpack(`log.txt.${ending}`, compressed(program, Buffer.from(text)));
        assert.deepEqual(alone, { files: [[`log.txt.${ending}!log.txt`, text]], skipped: [] });
      }
      const twice = Buffer.concat([Buffer.from("one "), Buffer.from("two")].map((text) => compressed(program, text)));
      assert.deepEqual((await unpack(`a.${ending}`, twice)).files, [[`a.${ending}!a`, "one two"]]);
      const nested = compressed(program, zip({ "b.txt": "in a zip" }));
      assert.deepEqual((await unpack(`b.zip.${ending}`, nested)).files.at(-1)?.[1], "in a zip");
    }
  });

  test("of zstd: frames that any writer makes without compressing", async () => {
    // RFC 8878: magic, a frame header with one byte of size, one raw block that is the last.
    const frame = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, (5 << 3) | 1, 0, 0, ...Buffer.from("hello")]);
    assert.deepEqual((await unpack("a.zst", frame)).files, [["a.zst!a", "hello"]]);
    const passedOver = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const behind = Buffer.concat([passedOver, passedOver, frame]);
    assert.deepEqual((await unpack("a.zst", behind)).files, [["a.zst!a", "hello"]]);
    assert.equal(archiveKind(Buffer.concat([passedOver, Buffer.from("no zstd")])), undefined);
  });

  test("of archives in archives, to the depth that is allowed", async () => {
    const nested = zip({ "mid.zip": zip({ "deep.zip": zip({ "a.txt": "x" }) }) });
    assert.deepEqual((await unpack("n.zip", nested)).files, [["n.zip!mid.zip!deep.zip!a.txt", "x"]]);
    const { files, skipped } = await unpack("n.zip", nested, { depth: 2 });
    assert.deepEqual(files, []);
    assert.match(skipped[0]?.why ?? "", /nested deeper than --max-archive-depth 2/);
  });

  test("of archives in archives, each before what it holds, also what is not opened", async () => {
    const [inner, files] = [zip({ "a.txt": "x" }), tar({ "b.txt": "y" })];
    const nested = zip({ "i.zip": inner, "f.tgz": gzipSync(files) });
    for (const depth of [2, 1]) {
      const { files: all } = await unpack("n.zip", nested, { depth }, { withArchives: true });
      const isOpened = depth > 1;
      assert.deepEqual(
        all.map(([path]) => path),
        [
          "n.zip!i.zip",
          ...(isOpened ? ["n.zip!i.zip!a.txt"] : []),
          "n.zip!f.tgz",
          ...(isOpened ? ["n.zip!f.tgz!f.tar", "n.zip!f.tgz!b.txt"] : []),
        ],
      );
    }
    for (const [name, bytes] of [
      ["f.tgz", gzipSync(files)],
      ["f.txz", compressed("xz", files)],
      ["f.tbz", compressed("bzip2", files)],
    ] as const) {
      const { files: all } = await unpack(name, bytes, { depth: 1 }, { withArchives: true });
      assert.deepEqual(
        all.map(([path, text = ""]) => [path, text.replace(/\0+$/, "")]),
        [
          [`${name}!f.tar`, files.toString().replace(/\0+$/, "")],
          [`${name}!b.txt`, "y"],
        ],
      );
    }
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
  test("bytes of an entry whose rest has to be unpacked to be passed over, which counts", async () => {
    const bytes = compressed("xz", tar({ big: Buffer.alloc(2_000_000), small: "x" }));
    const skipped = [{ what: "b.tar.xz!big", why: "unpacks to more than 1 MB" }];
    const unpacked = await unpack("b.tar.xz", bytes, { entryBytes: 1 << 20 });
    assert.deepEqual(unpacked, { files: [["b.tar.xz!small", "x"]], skipped });
    const tight = await unpack("b.tar.xz", bytes, { entryBytes: 1 << 20, totalBytes: 1_800_000 });
    assert.deepEqual(tight, { files: [], skipped: [...skipped, { what: "b.tar.xz", why: "more than 1 MB unpacked" }] });
  });
  test("bytes of an entry of a 7z, be it none of a file", async () => {
    for (const mode of [0o100644, 0o010644]) {
      const { files, skipped } = await unpack("b.7z", sevenZipOfZeros(20, mode), {
        entryBytes: 1 << 20,
        totalBytes: 8 << 20,
      });
      assert.deepEqual(files, []);
      assert.deepEqual(
        skipped.map(({ what, why }) => [what, why]),
        [
          ["b.7z!zeros", "unpacks to more than 1 MB"],
          ["b.7z", "more than 8 MB unpacked"],
        ],
      );
    }
  });
  test("memory, of a 7z whose link leads to what is larger", async () => {
    const bytes = sevenZipOfZeros(48, 0o120777);
    const { files, skipped } = await unpack("x.7z", bytes, { memory: 64 << 20 });
    assert.deepEqual([files, skipped.map(({ what }) => what)], [[], ["x.7z"]]);
    assert.match(skipped[0]?.why ?? "", /^corrupt archive \(.*memory/);
    assert.deepEqual((await unpack("x.7z", sevenZipOfZeros(4, 0o120777), { memory: 64 << 20 })).skipped, []);
  });

  test("bytes of a single file in xz or bzip2", async () => {
    for (const program of ["xz", "bzip2"] as const) {
      const { files, skipped } = await unpack("b.z", compressed(program, Buffer.alloc(3_000_000, "x")), {
        entryBytes: 1 << 20,
      });
      assert.deepEqual([files, skipped], [[], [{ what: "b.z", why: "unpacks to more than 1 MB" }]]);
    }
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
    for (const [length, count] of [
      [20, 0],
      [Math.floor(whole.length / 2), 0],
      [whole.length - 4, 1],
    ] as const) {
      const skipped: Skipped[] = [];
      const files = [...unpacker.unpack("cut.tgz", whole.subarray(0, length), (item) => skipped.push(item))];
      assert.equal(files.filter(({ path }) => path === "cut.tgz!a").length, count);
      assert.match(skipped[0]?.why ?? "", /corrupt archive/);
      assert.equal([...unpacker.unpack("x.zip", zip({ a: "b" }), () => assert.fail())].length, 1);
    }
  });

  test("are reported in xz and bzip2 too, wherever cut or damaged", async () => {
    for (const program of ["xz", "bzip2"] as const) {
      const unpacker = await createUnpacker({ ...ARCHIVE_LIMITS, depth: 3 });
      const text = Array.from({ length: 9000 }, (_, line) => `line ${line * line}\n`).join("");
      const whole = compressed(program, Buffer.from(text));
      const damaged = Buffer.from(whole);
      damaged[whole.length >> 1]! ^= 255;
      const cuts = [20, whole.length >> 1, whole.length - 4].map((length) => whole.subarray(0, length));
      for (const bytes of [damaged, ...cuts]) {
        const skipped: Skipped[] = [];
        const files = [...unpacker.unpack("cut.z", bytes, (item) => skipped.push(item))];
        // What could be read of it is given.
        assert.ok(files.every((file) => text.startsWith(Buffer.from(file.bytes).toString())));
        assert.match(skipped[0]?.why ?? "", /corrupt archive/);
        await new Promise(setImmediate);
        assert.equal([...unpacker.unpack("x.zip", zip({ a: "b" }), () => assert.fail())].length, 1);
      }
    }
  });

  test("keep nothing else from being read: an entry that is damaged, or in a way that nobody reads", async () => {
    const whole = zip({ "a.txt": "one", "b.txt": "two" });
    const at = whole.indexOf("PK\x01\x02");
    const wrongSum = Buffer.from(whole);
    wrongSum[14]! ^= 1;
    wrongSum[at + 16]! ^= 1;
    const unknown = Buffer.from(whole);
    unknown[8] = unknown[at + 10] = 9;
    const [summed, method] = [await unpack("x.zip", wrongSum), await unpack("x.zip", unknown)];
    assert.deepEqual(summed.files, [
      ["x.zip!a.txt", "one"],
      ["x.zip!b.txt", "two"],
    ]);
    assert.deepEqual(method.files, [["x.zip!b.txt", "two"]]);
    for (const { skipped } of [summed, method])
      assert.deepEqual(
        skipped.map(({ what, why }) => [what, /^corrupt archive \(.+\)$/.test(why)]),
        [["x.zip!a.txt", true]],
      );
  });

  test("keep nothing else from being read: an archive in an archive, which is then read as a file", async () => {
    const files = { "a.gz": Buffer.from([0x1f, 0x8b, 8, 7, 7]), "b.txt": "two", "c.zip": "PK\x03\x04 in clear" };
    const { files: read, skipped } = await unpack("x.zip", zip(files), {}, { withArchives: true });
    assert.deepEqual(
      read.map(([path]) => path),
      ["x.zip!a.gz", "x.zip!b.txt", "x.zip!c.zip"],
    );
    assert.equal(read[2]?.[1], "PK\x03\x04 in clear");
    assert.deepEqual(
      skipped.map(({ what }) => what),
      ["x.zip!a.gz", "x.zip!c.zip"],
    );
  });

  test("are read as far as they go: behind an entry without a name, before what is no gzip, up to where zstd is cut", async () => {
    const named = zip({ "zz.txt": "one", "b.txt": "two" });
    for (const at of [named.indexOf("zz"), named.lastIndexOf("zz")]) named.fill(0xff, at, at + 2);
    for (const at of [6, named.indexOf("PK\x01\x02") + 8]) named.writeUInt16LE(0x800, at);
    assert.deepEqual(
      (await unpack("x.zip", named)).files.map(([, text]) => text),
      ["one", "two"],
    );
    const behind = await unpack("x.gz", Buffer.concat([gzipSync("one"), gzipSync("two"), Buffer.from("no gzip")]));
    assert.deepEqual(behind, { files: [["x.gz!x", "onetwo"]], skipped: [] });
    const block = Buffer.from([5 << 3, 0, 0, ...Buffer.from("hello")]);
    const cut = await unpack("x.zst", Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), block]));
    assert.deepEqual([cut.files, cut.skipped.length], [[["x.zst!x", "hello"]], 1]);
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
