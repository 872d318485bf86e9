import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { readNamed } from "../../src/disk/named-file.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { inWorkplace } from "../support/patrol.ts";

const by = "--baseline-path";
const saying = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof PatrolError && error.code === code && text.test(error.message);

describe("a file that a person names", () => {
  test(
    "may be a pipe that gives its bytes slowly, after a while, and in parts",
    inWorkplace(async ({ folder }) => {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      const writer = spawn("sh", ["-c", 'sleep 0.1; { printf "[1,"; sleep 0.1; printf "2]"; } > "$0"', path]);
      assert.equal(readNamed(path, { by, mostBytes: 100 }).toString(), "[1,2]");
      await new Promise((done) => writer.once("close", done));
    }),
  );

  test(
    "is not waited for for ever: a pipe that nobody writes to, or that nothing more comes out of, is given up by name",
    inWorkplace(async ({ folder }) => {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      const silent = saying(
        "usage-invalid",
        /^--baseline-path: nothing came out of the pipe .*pipe for 0\.2 seconds; name/,
      );
      assert.throws(() => readNamed(path, { by, mostBytes: 100, patienceMs: 200 }), silent);
      const writer = spawn("sh", ["-c", 'exec 3<>"$0"; echo "[" >&3; read end', path]);
      assert.throws(() => readNamed(path, { by, mostBytes: 100, patienceMs: 200 }), silent);
      writer.stdin.end("\n");
      await new Promise((done) => writer.once("close", done));
    }),
  );

  test(
    "has its limit, whatever its size was when it was opened, and is read to the last byte up to that",
    inWorkplace(async ({ folder }) => {
      const path = join(folder, "file");
      for (const size of [0, 1, 65_535, 65_536, 65_537, 200_000]) {
        const bytes = Buffer.alloc(size, "ab");
        writeFileSync(path, bytes);
        assert.deepEqual(readNamed(path, { by, mostBytes: size }), bytes);
        if (size === 0) continue;
        const over = saying(
          "limit-exceeded",
          new RegExp(`^${by}: .*file has ${size} bytes, more than the ${size - 1} `),
        );
        assert.throws(() => readNamed(path, { by, mostBytes: size - 1 }), over);
      }
      for (const mostBytes of [0, 10, 65_535, 65_536, 65_537, 1 << 20]) {
        const endless = saying("limit-exceeded", new RegExp(`/dev/zero gives more than the ${mostBytes} bytes`));
        assert.throws(() => readNamed("/dev/zero", { by, mostBytes }), endless);
      }
    }),
  );

  test(
    "that is none is refused in words",
    inWorkplace(async ({ folder }) => {
      mkdirSync(join(folder, "sub"));
      const read = (name: string) => () => readNamed(join(folder, name), { by, mostBytes: 10 });
      assert.throws(read("sub"), saying("usage-invalid", /cannot read .*sub: it is a folder/));
      assert.throws(read("none"), saying("usage-invalid", /cannot read .*none: there is no such file/));
      assert.throws(read("a\0b"), saying("usage-invalid", /cannot read/));
    }),
  );
});
