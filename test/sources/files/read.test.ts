import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { FIRST_READ, LARGEST_FILE, readInto, reusedBuffer, type Reserve } from "../../../src/sources/files/read.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-read-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string, reserve = reusedBuffer()) => readInto({ location: path, symlink: undefined }, reserve);

test("a file is read whole into a buffer that keeps nothing when it grows, at every length that is read in another way", () => {
  const path = join(folder, "whole");
  for (const length of [
    0,
    1,
    (1 << 18) - 1,
    1 << 18,
    FIRST_READ - 1,
    FIRST_READ,
    FIRST_READ + 1,
    2 * FIRST_READ,
    2 * FIRST_READ + 1,
  ]) {
    const content = randomBytes(length);
    writeFileSync(path, content);
    const fresh = (size: number) => Buffer.alloc(size);
    assert.ok(content.equals(read(path, oncePerSize(fresh)) as Uint8Array), `${length} bytes`);
  }
});

/** Another buffer for each greater size, and the same again for no more. */
function oncePerSize(make: (size: number) => Uint8Array): Reserve {
  let last: Uint8Array = new Uint8Array(0);
  return (size) => (size > last.length ? (last = make(size)) : last);
}

describe("a file that is another one when it is opened than when it was listed", () => {
  for (const [what, put, why] of [
    ["a pipe", (path: string) => execFileSync("mkfifo", [path]), "it is no file any more"],
    ["a folder", (path: string) => mkdirSync(path), "it is no file any more"],
    ["a link", (path: string) => symlinkSync(join(folder, "whole"), path), "it became a link after it was listed"],
    ["gone", () => undefined, "no such file or folder"],
  ] as const)
    test(`${what} does not pass for an empty file`, () => {
      const path = join(folder, what);
      put(path);
      assert.deepEqual(read(path), { why });
    });

  test("a pipe that somebody writes to is not taken for a file either", () => {
    const path = join(folder, "written");
    execFileSync("mkfifo", [path]);
    const writer = openSync(path, constants.O_RDWR);
    writeSync(writer, "what stands in it is not all that will");
    assert.deepEqual(read(path), { why: "it is no file any more" });
    closeSync(writer);
  });

  test("one that becomes shorter while it is read is told", () => {
    const path = join(folder, "shorter");
    writeFileSync(path, Buffer.alloc(2 * FIRST_READ, "x"));
    const buffer = reusedBuffer();
    const cutting = (size: number) => {
      // What it asks for once it knows how long the file is.
      if (size > 2 * FIRST_READ) truncateSync(path, 1.5 * FIRST_READ);
      return buffer(size);
    };
    assert.deepEqual(read(path, cutting), { why: "it became shorter while it was read" });
  });

  test("one of as many bytes as are read at the most is read in pieces that Node.js takes", () => {
    const path = join(folder, "largest");
    writeFileSync(path, "");
    truncateSync(path, LARGEST_FILE);
    const small = Buffer.alloc(2 * FIRST_READ);
    // Memory that nothing is read into: the file is cut before.
    const cutting = (size: number) => {
      if (size <= small.length) return small;
      truncateSync(path, 1.5 * FIRST_READ);
      return Buffer.allocUnsafeSlow(size);
    };
    assert.deepEqual(read(path, cutting), { why: "it became shorter while it was read" });
  });

  test("one that becomes longer while it is read is read to its end", () => {
    const path = join(folder, "longer");
    const content = randomBytes(4 * FIRST_READ + 5);
    writeFileSync(path, content.subarray(0, FIRST_READ + 5));
    const buffer = reusedBuffer();
    const growing = (size: number) => {
      if (size > FIRST_READ) writeFileSync(path, content.subarray(0, Math.min(content.length, 2 * size)));
      return buffer(size);
    };
    assert.ok(content.equals(read(path, growing) as Uint8Array));
  });
});
