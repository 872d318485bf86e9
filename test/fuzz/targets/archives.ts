import { gzipSync } from "node:zlib";
import { archiveKind } from "../../../src/sources/files/archive-kind.ts";
import { createUnpacker } from "../../../src/sources/files/archive.ts";
import type { ArchiveLimits } from "../../../src/sources/files/archive-budget.ts";
import { splitNames } from "../../../src/engine/last-names.ts";
import type { Skipped } from "../../../src/sources/source.ts";
import { zip } from "../../support/zip.ts";
import { hold, type Target } from "../target.ts";

const LIMITS: ArchiveLimits = {
  depth: 3,
  entryBytes: 1 << 20,
  totalBytes: 4 << 20,
  entries: 200,
  names: 1 << 16,
  memory: 64 << 20,
  ratio: 100,
  ratioFrom: 1 << 20,
};

function tar(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts = Object.entries(files).flatMap(([name, content]) => {
    const head = Buffer.alloc(512);
    head.write(name);
    head.write("0000644\0" + "0000000\0".repeat(2), 100);
    head.write(content.length.toString(8).padStart(11, "0"), 124);
    head.write("00000000000", 136);
    head.fill(32, 148, 156);
    head.write("0ustar  ", 156);
    head.write("ustar\x0000", 257);
    head.write(
      `${[...head]
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\0 `,
      148,
    );
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A zstd frame of one raw and one repeated block (RFC 8878). */
function zstd(content: Buffer): Buffer {
  const block = (type: number, size: number, isLast: boolean) => {
    const head = Buffer.alloc(3);
    head.writeUIntLE((size << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
    return head;
  };
  return Buffer.concat([
    Buffer.from("28b52ffd0058", "hex"),
    block(0, content.length, false),
    content,
    block(1, 1000, true),
    Buffer.from("z"),
  ]);
}

const BZIP2 =
  "425a68393141592653596008b538000003d980001040000002060a80202000220347a420c9881a51a70ebc5dc914e142418022d4e0";
const XZ =
  "fd377a585a000004e6d6b4460200210116000000742fe5a301000a6b6579203d2064656d6f0a0000ad050dfdf5fe50730001230bc21bfd091fb6f37d010000000004595a";
const RAR = "526172211a070100";

/** Archives: within their bounds whatever they say, and every trouble told; a name leads nowhere. */
export async function archives(): Promise<Target> {
  const unpacker = await createUnpacker(LIMITS);
  return {
    name: "archives",
    rounds: 60,
    maxBytes: 1 << 15,
    async run(input) {
      const skipped: Skipped[] = [];
      let [total, count, named] = [0, 0, 0];
      const unpacked = unpacker.unpack(
        "a",
        input,
        (item) => skipped.push(item),
        ({ folders }) => {
          for (const { inside, names } of folders) {
            named += inside.length + splitNames(names).join("").length;
            hold(inside.startsWith("a!"), () => `names in ${inside}`);
          }
        },
      );
      for (const { path, bytes } of unpacked) {
        total += bytes.length;
        count++;
        hold(path.startsWith("a"), () => `a file at ${path}`);
        hold(bytes.length <= Math.max(LIMITS.entryBytes, input.length), () => `an entry of ${bytes.length} bytes`);
      }
      hold(total <= LIMITS.totalBytes + input.length, () => `${total} bytes in all`);
      hold(named <= 8 * LIMITS.names, () => `${named} characters of names`);
      // Each entry may be compressed, and a tar in that.
      hold(count <= 3 * (LIMITS.entries + 1), () => `${count} entries`);
      hold(archiveKind(input) !== undefined || (count === 0 && skipped.length === 0), () => "a plain file is opened");
      // Broken readers are replaced in the background.
      await new Promise((resolve) => setImmediate(resolve));
    },
    seeds: () => {
      const files = {
        "a.txt": Buffer.from("some words\n".repeat(30)),
        "../../b": Buffer.from("more"),
        "c/": Buffer.alloc(0),
      };
      const inner = zip(files);
      return [
        tar(files),
        inner,
        zip({ "inner.zip": inner, "deep.tar": tar({ "x.zip": inner }) }),
        gzipSync(tar(files)),
        gzipSync(Buffer.alloc(3 << 20)),
        zip({ bomb: Buffer.alloc(2 << 20) }),
        zstd(Buffer.from("words in a frame")),
        Buffer.concat([Buffer.from("377abcaf271c0004", "hex"), Buffer.alloc(60, 1)]),
        // Ten bytes by bzip2 and by xz; a RAR of version 5 with its signature and a block that is none.
        Buffer.from(BZIP2, "hex"),
        Buffer.from(XZ, "hex"),
        Buffer.concat([Buffer.from(RAR, "hex"), Buffer.alloc(60, 2)]),
        Buffer.from("no archive"),
      ];
    },
    words: [
      "PK\x03\x04",
      "PK\x01\x02",
      "PK\x05\x06",
      "ustar",
      Buffer.from("1f8b08", "hex"),
      Buffer.from("28b52ffd", "hex"),
      "../",
      "/",
      "\0",
      Buffer.from("377abcaf271c", "hex"),
      Buffer.from(BZIP2.slice(0, 20), "hex"),
      Buffer.from(XZ.slice(0, 12), "hex"),
      Buffer.from(RAR, "hex"),
    ],
  };
}
