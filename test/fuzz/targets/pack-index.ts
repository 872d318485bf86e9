import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { readMultiPackIndex } from "../../../src/sources/git/objects/multi-pack-index.ts";
import { SHA1 } from "../../../src/sources/git/object-id.ts";
import { PackIndex } from "../../../src/sources/git/objects/pack-index.ts";
import { hold, refusal, type Target } from "../target.ts";
import { entryHeader, idOf, indexOf, packOf } from "./pack-kit.ts";
import { tableOf } from "./table-kit.ts";

/** More objects than this the test does not ask for one by one. */
const MOST = 300;

function multiPackIndex(ids: readonly Buffer[]): Buffer {
  const sorted = [...ids].sort(Buffer.compare);
  const fanout = Buffer.alloc(1024);
  for (let i = 0; i < 256; i++) fanout.writeUInt32BE(sorted.filter((id) => id[0]! <= i).length, 4 * i);
  const places = Buffer.concat(
    sorted.map((_, i) => Buffer.from([0, 0, 0, i & 1, i === 2 ? 0x80 : 0, 0, 0, i === 2 ? 0 : 12 + i])),
  );
  const large = Buffer.from("0000000100000000", "hex");
  const chunks: [string, Buffer][] = [
    ["PNAM", Buffer.from("pack-a.idx\0pack-b.idx\0\0\0")],
    ["OIDF", fanout],
    ["OIDL", Buffer.concat(sorted)],
    ["OOFF", places],
    ["LOFF", large],
  ];
  const head = Buffer.from("MIDX\x01\x01\0\0\0\0\0\x02", "latin1");
  head[6] = chunks.length;
  let at = 12 + 12 * (chunks.length + 1);
  const table = [...chunks, ["\0\0\0\0", Buffer.alloc(0)] as const].map(([name, bytes]) => {
    const row = Buffer.alloc(12);
    row.write(name, "latin1");
    row.writeBigUInt64BE(BigInt(at), 4);
    at += bytes.length;
    return row;
  });
  return Buffer.concat([head, ...table, ...chunks.map(([, bytes]) => bytes), Buffer.alloc(20)]);
}

const blobs = Array.from({ length: 40 }, (_, i) => Buffer.from(`blob number ${i}`));
const entries = blobs.map((content) => ({
  id: idOf("blob", content),
  content,
  head: () => entryHeader(3, content.length),
}));
const { pack, offsets } = packOf(entries);

/** Indexes of packs, of one and of many. */
export function packIndex(): Target {
  const folder = mkdtempSync(join(tmpdir(), "patrol-fuzz-"));
  mkdirSync(join(folder, "pack"));

  /** Whatever an index says, asking it for anything is safe, and a pack that it does not fit is refused or marked. */
  const ask = (index: PackIndex) => {
    for (let i = 0; i < Math.min(index.count, MOST); i++) {
      refusal(() => index.offset(i), BrokenObject);
      index.find(index.idBytesAt(i));
      hold(index.id(i).length === 40, () => "an id of another length");
    }
    hold(index.sortedIds().count === index.count, () => "not as many ids as objects");
    const table = refusal(() => tableOf(index, pack.length - 20, pack), BrokenObject);
    if (table === undefined) return;
    for (let rank = 0; rank < table.count; rank++) {
      const room = (table.offset[rank + 1] as number) - (table.offset[rank] as number) - (table.head[rank] as number);
      const isUsed = table.type[rank] !== 0 && !table.broken.has(rank);
      hold(!isUsed || room >= 0, () => `entry ${rank} has a stream of ${room} bytes`);
      hold(isUsed || table.broken.has(rank), () => `entry ${rank} is left out without a word`);
    }
  };

  return {
    name: "pack-index",
    rounds: 300,
    run(input) {
      const bytes = Buffer.from(input);
      const index = refusal(() => new PackIndex(bytes, SHA1), BrokenObject);
      if (index !== undefined) ask(index);
      if (input.length > 4 && bytes.toString("latin1", 0, 2) !== "MI") return;
      writeFileSync(join(folder, "pack/multi-pack-index"), input);
      // A RangeError is a read beyond the end, which the caller takes for a damaged file.
      for (const one of refusal(() => readMultiPackIndex(folder, SHA1), BrokenObject, RangeError)?.values() ?? [])
        ask(one);
    },
    seeds: () => {
      const ids = entries.map(({ id }) => id);
      const sum = pack.subarray(-20);
      return [
        indexOf(ids, offsets, sum, 2),
        indexOf(ids, offsets, sum, 1),
        indexOf(
          ids,
          offsets.map((offset, i) => (i % 3 === 0 ? 2 ** 33 + offset : offset)),
          sum,
        ),
        indexOf([], [], sum),
        multiPackIndex(ids),
      ];
    },
    words: [
      "MIDX",
      "PNAM",
      "OIDF",
      "OIDL",
      "OOFF",
      "LOFF",
      Buffer.from("ff744f63", "hex"),
      Buffer.from("80000000", "hex"),
    ],
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
