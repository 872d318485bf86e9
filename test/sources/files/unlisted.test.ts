import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { namesOf, unpack } from "../../support/unpack.ts";
import { zip } from "../../support/zip.ts";

describe("what is inside of a zip,", () => {
  const directoryOf = (bytes: Buffer) => bytes.indexOf("PK\x01\x02");
  const hidden = "that nobody is to see ".repeat(3);

  /** Without the first file in its directory. */
  const withoutFirst = (bytes: Buffer) => {
    const [from, end] = [directoryOf(bytes), bytes.lastIndexOf("PK\x05\x06")];
    const second = bytes.indexOf("PK\x01\x02", from + 1);
    const last = Buffer.from(bytes.subarray(end));
    last.writeUInt16LE(last.readUInt16LE(8) - 1, 8);
    last.writeUInt16LE(last.readUInt16LE(10) - 1, 10);
    last.writeUInt32LE(last.readUInt32LE(12) - (second - from), 12);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(second, end), last]);
  };

  test("files that its directory does not list, deflated and stored", async () => {
    for (const isStored of [false, true]) {
      const bytes = withoutFirst(zip({ "\u00e9.txt": hidden, "\u00fc.txt": "shown" }, { isStored }));
      const { files, skipped } = await unpack("x.zip", bytes);
      const expected = [
        ["x.zip!\u00fc.txt", "shown"],
        ["x.zip!\u00e9.txt", hidden],
      ];
      assert.deepEqual([files, skipped], [expected, []]);
      assert.ok((await namesOf("x.zip", bytes)).named.includes("x.zip!\u00e9.txt"));
    }
  });

  test("a file that its directory does not list, in what that says another one takes", async () => {
    const two = zip({ "a.txt": "shown", "b.txt": hidden });
    const second = two.indexOf("PK\x01\x02", directoryOf(two) + 1);
    const bytes = Buffer.concat([two.subarray(0, second), two.subarray(two.lastIndexOf("PK\x05\x06"))]);
    const end = bytes.lastIndexOf("PK\x05\x06");
    bytes.writeUInt32LE(directoryOf(two) - "PK..".length, directoryOf(bytes) + 20);
    bytes.writeUInt16LE(1, end + 8);
    bytes.writeUInt16LE(1, end + 10);
    bytes.writeUInt32LE(end - directoryOf(bytes), end + 12);
    const { files } = await unpack("x.zip", bytes);
    assert.deepEqual(files.at(-1), ["x.zip!b.txt", hidden]);
  });

  test("an archive in front of another one, and one whose comment ends as an archive does", async () => {
    const both = Buffer.concat([zip({ "a.txt": hidden }), zip({ "b.txt": "shown" })]);
    const { files, skipped } = await unpack("x.zip", both);
    const expected = [
      ["x.zip!a.txt", hidden],
      ["x.zip!b.txt", "shown"],
    ];
    assert.deepEqual([files.sort(), skipped], [expected, []]);
    const comment = zip({}).toString("latin1");
    assert.deepEqual(await unpack("x.zip", zip({ "a.txt": hidden }, { comment })), {
      files: [["x.zip!a.txt", hidden]],
      skipped: [],
    });
  });

  test("content under the name or the mode of what has none", async () => {
    const folder = zip({ "a/": hidden, "b/": "" });
    const asDevice = zip({ a: hidden });
    asDevice[directoryOf(asDevice) + 5] = 3;
    asDevice.writeUInt32LE(0o060_644 * 65_536, directoryOf(asDevice) + 38);
    const cut = Buffer.from(folder.subarray(0, folder.lastIndexOf("PK\x05\x06")));
    for (const [bytes, name] of [
      [folder, "a/"],
      [cut, "a/"],
      [asDevice, "a"],
    ] as const)
      assert.deepEqual(await unpack("x.zip", bytes), { files: [[`x.zip!${name}`, hidden]], skipped: [] });
  });

  test("what an unlisted file holds counts, and what cannot be read of it is told", async () => {
    const big = withoutFirst(zip({ big: Buffer.alloc(2_000_000), small: "x" }));
    assert.deepEqual(await unpack("b.zip", big, { entryBytes: 1 << 20 }), {
      files: [["b.zip!small", "x"]],
      skipped: [{ what: "b.zip!big", why: "unpacks to more than 1 MB" }],
    });
    const encrypted = withoutFirst(zip({ a: hidden, b: "x" }));
    encrypted[6] = 1;
    assert.deepEqual((await unpack("x.zip", encrypted)).skipped, [{ what: "x.zip!a", why: "encrypted" }]);
    const unknown = withoutFirst(zip({ a: hidden, b: "x" }));
    unknown[8] = 97;
    assert.match((await unpack("x.zip", unknown)).skipped[0]?.why ?? "", /corrupt archive \(.*method/);
  });

  test("a file that holds another zip as it is, once", async () => {
    const inner = zip({ "a.txt": hidden });
    const { files } = await unpack("x.zip", zip({ "in.zip": inner, b: "" }, { isStored: true }));
    assert.deepEqual(files.map(([name]) => name).sort(), ["x.zip!b", "x.zip!in.zip!a.txt"]);
  });

  test("one that was to be cut into several files and is one", async () => {
    for (const mark of ["PK00", "PK\x07\x08"]) {
      const { files, skipped } = await unpack("x.zip", Buffer.concat([Buffer.from(mark), zip({ a: hidden })]));
      assert.deepEqual([files, skipped], [[["x.zip!a", hidden]], []]);
    }
  });
});
