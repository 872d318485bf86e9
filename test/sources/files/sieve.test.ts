import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, test } from "vitest";
import { FIRST_READ } from "../../../src/sources/files/read.ts";
import { NOT_SIFTED, Sieve, type SieveOptions } from "../../../src/sources/files/sieve.ts";
import { coreOf } from "../../support/differential.ts";

const core = coreOf([{ id: "demo", pattern: String.raw`\bdemo_[a-z0-9]{12}\b` }]);
const folder = mkdtempSync(join(tmpdir(), "patrol-sieve-"));
afterAll(() => rmSync(folder, { recursive: true }));

const TOKEN = "demo_0123456789ab";
const OPTIONS: SieveOptions = { maxDecodeDepth: 5, maxBytes: FIRST_READ + 1, opensArchives: false };

/** What becomes of files with these contents; one that is undefined is not there. */
function sift(contents: readonly (string | Buffer | undefined)[], options: Partial<SieveOptions> = {}) {
  const paths = contents.map((content, index) => {
    const path = join(folder, String(index));
    rmSync(path, { force: true });
    if (content !== undefined) writeFileSync(path, content);
    return path;
  });
  return new Sieve(core, { ...OPTIONS, ...options }).sift(paths);
}

test("what holds nothing is counted, and what may hold something is left, at every length that is read in another way", () => {
  const lengths = [
    0,
    1,
    63,
    2047,
    2048,
    4096,
    4097,
    (1 << 18) - 1,
    1 << 18,
    FIRST_READ - 1,
    FIRST_READ,
    FIRST_READ + 1,
  ];
  const clear = lengths.map((length) => "x\n".repeat(length).slice(0, length));
  const bytes = lengths.reduce((sum, length) => sum + length);
  assert.deepEqual(sift(clear), { files: lengths.length, bytes, archives: 0, again: [] });
  const longer = clear.filter(({ length }) => length > TOKEN.length);
  const holding = longer.map((text) => text.slice(0, text.length - TOKEN.length - 1) + ` ${TOKEN}`);
  const mixed = longer.flatMap((text, index) => [text, holding[index]]);
  assert.deepEqual(sift(mixed), {
    files: longer.length,
    bytes: longer.join("").length,
    archives: 0,
    again: longer.map((_, index) => 2 * index + 1),
  });
});

test("what is missing, a link or larger than allowed is left, whatever stands in the buffer from the file before", () => {
  const link = join(folder, "link");
  symlinkSync(join(folder, "0"), link);
  assert.deepEqual(sift([TOKEN, undefined, "", "y".repeat(FIRST_READ + 2), TOKEN.slice(0, -1)]), {
    files: 2,
    bytes: TOKEN.length - 1,
    archives: 0,
    again: [0, 1, 3],
  });
  assert.deepEqual(new Sieve(core, OPTIONS).sift([link]).again, [0]);
  assert.deepEqual(new Sieve(core, OPTIONS).sift([NOT_SIFTED, NOT_SIFTED]).again, [0, 1]);
  assert.deepEqual(sift(["12345", "1234"], { maxBytes: 4 }).again, [0]);
});

test("archives are counted, or left to who opens them, and a file behind one is none", () => {
  const tar = Buffer.alloc(1024);
  tar.write("ustar", 257);
  const files = [gzipSync("x"), "\x1f", tar, "x".repeat(300), "PK is no zip", gzipSync("y")];
  const bytes = files.reduce((sum, file) => sum + file.length, 0);
  assert.deepEqual(sift(files), { files: 6, bytes, archives: 3, again: [] });
  const opened = sift(files, { opensArchives: true });
  assert.deepEqual([opened.again, opened.archives], [[0, 2, 5], 0]);
});
