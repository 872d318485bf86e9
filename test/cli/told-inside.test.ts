// A file that is stored in an archive as it is stands in the archive's own bytes too: what it holds is one finding.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";
import { zip } from "../support/zip.ts";

const [one, two, three] = [crcToken(811), crcToken(812), crcToken(813)];
const line = (token: string) => `const key = "${token}";\n`;
const FLAGS = ["--max-archive-depth", "3", "--redact=0", "-f", "json", "-r", "-"];

const told = (stdout: string) => (JSON.parse(stdout) as Row[]).map((row) => `${row.Secret} ${row.File}`).sort();

/** Made by the system's own tar. */
function tar({ folder, write }: Workplace, files: Record<string, string | Uint8Array>): Buffer {
  write(files);
  execFileSync("tar", ["-cf", "made.tar", ...Object.keys(files)], { cwd: folder });
  return readFileSync(join(folder, "made.tar"));
}

/** What `patrol dir` and `patrol stdin` tell of an archive, its name aside. */
async function bothWays({ write, patrol }: Workplace, archive: Uint8Array): Promise<string[]> {
  write({ "only/x.bin": archive });
  const file = await patrol(["dir", "only/x.bin", ...FLAGS]);
  const input = await patrol(["stdin", ...FLAGS], { input: archive });
  const found = told(file.stdout).map((row) => row.replace(" only/x.bin", " "));
  assert.deepEqual(
    told(input.stdout).map((row) => row.replace(/ (?:stdin)?(?=!|$)/, " ")),
    found,
  );
  return found;
}

/** A zstd frame of compressed blocks that keep the letters of each piece as they are and repeat none; of less than 4096 bytes each. */
function zstdKept(pieces: readonly string[]): Buffer {
  const blocks = pieces.map((piece, at) => {
    const head = Buffer.alloc(5);
    head.writeUIntLE(((piece.length + 3) << 3) | (2 << 1) | Number(at === pieces.length - 1), 0, 3);
    head.writeUInt16LE((piece.length << 4) | 4, 3);
    return Buffer.concat([head, Buffer.from(piece), Buffer.from([0])]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), ...blocks]);
}

/** A zstd frame of blocks that are stored as they are, by RFC 8878: of more than 8191 bytes one holds no NUL. */
function zstdStored(text: string): Buffer {
  const content = Buffer.from(text);
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x60, 0, 0]);
  head.writeUInt16LE(content.length - 256, 5);
  const blocks = [head];
  for (let at = 0; at < content.length; at += 60_000) {
    const block = content.subarray(at, at + 60_000);
    const start = Buffer.alloc(3);
    start.writeUIntLE((block.length << 3) | Number(at + 60_000 >= content.length), 0, 3);
    blocks.push(start, block);
  }
  return Buffer.concat(blocks);
}

describe("what is stored in an archive as it is, is told once, of the file:", () => {
  test(
    "in a tar, whatever the file and however often",
    inWorkplace(async (place) => {
      const twice = line(one) + line(two) + line(one);
      const archive = tar(place, { "in/a.js": twice, "in/b.js": line(one), "in/c.js": line(one), "in/d.js": three });
      const expected = [
        `${one} !in/a.js`,
        `${one} !in/a.js`,
        `${one} !in/b.js`,
        `${one} !in/c.js`,
        `${two} !in/a.js`,
        `${three} !in/d.js`,
      ];
      assert.deepEqual(await bothWays(place, archive), expected.sort());
    }),
  );

  test(
    "in a zip, and in archives in each other",
    inWorkplace(async (place) => {
      const stored = zip({ "a.js": line(one), "b.js": line(two) }, { isStored: true });
      assert.deepEqual(await bothWays(place, stored), [`${one} !a.js`, `${two} !b.js`].sort());
      const deep = tar(place, { "lib.zip": stored, "inner.tar": tar(place, { "c.js": line(three) }) });
      const expected = [`${one} !lib.zip!a.js`, `${two} !lib.zip!b.js`, `${three} !inner.tar!c.js`];
      assert.deepEqual(await bothWays(place, deep), expected.sort());
    }),
  );

  test(
    "in gzip and zstd that compress nothing, in blocks, alone and in a tar",
    inWorkplace(async (place) => {
      const text = Array.from({ length: 6600 }, (_, n) => (n % 1100 === 7 ? line(one) : `note ${n}\n`)).join("");
      for (const [name, bytes] of [
        ["a.gz", gzipSync(text, { level: 0 })],
        ["a.zst", zstdStored(text)],
      ] as const) {
        place.write({ [name]: bytes });
        const { stdout } = await place.patrol(["dir", name, ...FLAGS]);
        assert.deepEqual(told(stdout), Array<string>(6).fill(`${one} ${name}!a`));
        const inTar = await bothWays(place, tar(place, { [name]: bytes }));
        assert.deepEqual(inTar, Array<string>(6).fill(`${one} !${name}!a`));
        const twice = await bothWays(place, tar(place, { "i.tar": tar(place, { [name]: bytes }) }));
        assert.deepEqual(twice, Array<string>(6).fill(`${one} !i.tar!${name}!a`));
      }
    }),
  );

  test(
    "in zstd that keeps a token, and nothing of what is around it",
    inWorkplace(async (place) => {
      const frame = zstdKept(["const key = ", `"${one}"`, "; // and\n", `'${one}'`, ` ${two} `, "\n"]);
      const comment = Buffer.from(` ${one} ${three} `);
      const skipped = Buffer.alloc(8);
      skipped.writeUInt32LE(0x184d2a50, 0);
      skipped.writeUInt32LE(comment.length, 4);
      place.write({ "a.zst": Buffer.concat([skipped, comment, frame]) });
      const { stdout } = await place.patrol(["dir", "a.zst", ...FLAGS]);
      const inFile = [`${one} a.zst!a`, `${one} a.zst!a`, `${two} a.zst!a`];
      assert.deepEqual(told(stdout), [...inFile, `${one} a.zst`, `${three} a.zst`].sort());
    }),
  );

  test(
    "in a history and what is staged, where the archive passes for text",
    inWorkplace(async ({ git, write, patrol }) => {
      git("init", "--quiet");
      write({ "notes.zst": zstdStored(`${"note \n".repeat(1500)}${line(one)}`) });
      git("add", "notes.zst");
      assert.deepEqual(told((await patrol(["git", "--staged", ...FLAGS])).stdout), [`${one} notes.zst!notes`]);
      git("commit", "--quiet", "--message", "Notes");
      assert.deepEqual(told((await patrol(["git", ...FLAGS])).stdout), [`${one} notes.zst!notes`]);
      git("repack", "-adq");
      assert.deepEqual(told((await patrol(["git", ...FLAGS])).stdout), [`${one} notes.zst!notes`]);
    }),
  );
});

describe("what only an archive's own bytes show is told of the archive:", () => {
  test(
    "also of a tar that is compressed, and of archives in archives",
    inWorkplace(async (place) => {
      const archive = tar(place, { "in/a.js": line(one), "in/b.js": line(two) });
      archive.write(line(one), 512 + 100);
      archive.write(line(three), archive.length - 600);
      const inMembers = (of: string) => [`${one} ${of}!in/a.js`, `${two} ${of}!in/b.js`];
      const inClear = (of: string) => [...inMembers(of), `${one} ${of}!x.tar`, `${three} ${of}!x.tar`];
      place.write({ "x.tar": archive });
      const by = (program: string) => execFileSync(program, ["-c", "x.tar"], { cwd: place.folder });
      place.write({ "x.tar.gz": by("gzip"), "x.tar.xz": by("xz"), "x.tar.bz2": by("bzip2") });
      for (const name of ["x.tar.gz", "x.tar.xz", "x.tar.bz2"]) {
        const { stdout } = await place.patrol(["dir", name, ...FLAGS]);
        assert.deepEqual(told(stdout), inClear(name).sort());
      }
      const commented = zip({ "a.js": line(one) }, { comment: `\n${two}` });
      place.write({ "y.zip": zip({ "x.tgz": by("gzip"), "c.zip": commented }) });
      const { stdout } = await place.patrol(["dir", "y.zip", ...FLAGS]);
      const inZip = [`${one} y.zip!c.zip!a.js`, `${two} y.zip!c.zip`];
      assert.deepEqual(told(stdout), [...inClear("y.zip!x.tgz"), ...inZip].sort());
      const deepest = await place.patrol(["dir", "y.zip", ...FLAGS, "--max-archive-depth", "1"]);
      assert.deepEqual(told(deepest.stdout), [`${two} y.zip!c.zip`]);
    }),
  );

  test(
    "in a history too, where a tar is no text",
    inWorkplace(async (place) => {
      const archive = tar(place, { "in/a.js": line(one) + line(three) + line(one) });
      archive.write(line(two), 512 + 200);
      place.write({ "h/x.tar": archive, "h/y.tgz": gzipSync(archive) });
      place.git("init", "--quiet", "h");
      place.git("-C", "h", "add", ".");
      const inFile = [one, three, one].flatMap((token) => [`${token} x.tar!in/a.js`, `${token} y.tgz!in/a.js`]);
      const expected = [...inFile, `${two} x.tar`, `${two} y.tgz!y.tar`].sort();
      assert.deepEqual(told((await place.patrol(["git", "h", "--staged", ...FLAGS])).stdout), expected);
      place.git("-C", "h", "commit", "--quiet", "--message", "Archives");
      assert.deepEqual(told((await place.patrol(["git", "h", ...FLAGS])).stdout), expected);
    }),
  );

  test(
    "a comment, even of a token that a file in it holds too",
    inWorkplace(async (place) => {
      for (const isStored of [true, false]) {
        const archive = zip({ "a.txt": `\n${one}\n`, "b.txt": `\n${two}` }, { isStored, comment: `\n${one}\n${two}` });
        const expected = [`${one} !a.txt`, `${one} `, `${two} !b.txt`, `${two} `];
        assert.deepEqual(await bothWays(place, archive), expected.sort());
      }
    }),
  );

  test(
    "text between files and behind them, and not a file that is in no list",
    inWorkplace(async (place) => {
      const archive = tar(place, { "in/a.js": line(one), "in/b.js": line(two) });
      archive.write(line(one), 512 + 100);
      archive.write(line(three), archive.length - 600);
      const inClear = [`${one} !in/a.js`, `${two} !in/b.js`, `${one} `, `${three} `];
      assert.deepEqual(await bothWays(place, archive), inClear.sort());
      const [old, live] = [line(one), line(two)].map((text) => zip({ "a.js": text }, { isStored: true }));
      const unlisted = Buffer.concat([(old ?? Buffer.of()).subarray(0, 34 + line(one).length), live ?? Buffer.of()]);
      assert.deepEqual(await bothWays(place, unlisted), [`${one} !a.js`, `${two} !a.js`].sort());
    }),
  );

  test(
    "a file that is not opened: encrypted, cut off, or deeper than was asked for",
    inWorkplace(async (place) => {
      const locked = zip({ "a.js": line(one), "b.js": line(two) }, { isStored: true });
      // The first bit of the flags says that a file is encrypted.
      for (const mark of ["PK\x03\x04", "PK\x01\x02"])
        locked[locked.indexOf(mark) + (mark.endsWith("\x04") ? 6 : 8)] = 1;
      assert.deepEqual(await bothWays(place, locked), [`${one} `, `${two} !b.js`].sort());
      const cut = tar(place, { "a.js": line(one), "b.js": `${line(two)}${"x".repeat(5000)}` }).subarray(0, 3000);
      assert.deepEqual(await bothWays(place, cut), [`${one} !a.js`, `${two} `].sort());
      const inner = tar(place, { "a.js": line(one) });
      place.write({ "x.tar": tar(place, { "inner.tar": inner }) });
      const { stdout } = await place.patrol(["dir", "x.tar", ...FLAGS, "--max-archive-depth", "1"]);
      assert.deepEqual(told(stdout), [`${one} x.tar!inner.tar`]);
    }),
  );
});
