import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
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
import { readInto, reusedBuffer } from "../../../src/sources/files/read.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-read-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = (path: string, reserve = reusedBuffer()) => readInto({ location: path, symlink: undefined }, reserve);

describe("a file that is another one when it is opened than when it was listed", () => {
  for (const [what, put, why] of [
    ["a pipe", (path: string) => execFileSync("mkfifo", [path]), "it is no file any more"],
    ["a folder", (path: string) => mkdirSync(path), "it is no file any more"],
    ["a link", (path: string) => symlinkSync("/etc/passwd", path), "too many symbolic links"],
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
    writeFileSync(path, Buffer.alloc(1 << 20, "x"));
    const buffer = reusedBuffer();
    const cutting = (size: number) => {
      // What it asks for once it knows how long the file is.
      if (size > 1 << 20) truncateSync(path, 400_000);
      return buffer(size);
    };
    assert.deepEqual(read(path, cutting), { why: "it became shorter while it was read" });
  });
});
