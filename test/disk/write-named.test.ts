import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { writeNamed } from "../../src/disk/write-named.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { inWorkplace } from "../support/patrol.ts";

const by = "--report-path";
const LONG = "0123456789abcdef".repeat(20_000);
const unread = (error: unknown) =>
  error instanceof PatrolError &&
  error.code === "usage-invalid" &&
  /^--report-path: nobody read from the pipe .*pipe for 0\.2 seconds; name a file/.test(error.message);

describe("a file that a person names to be written", () => {
  test(
    "is for its owner alone",
    inWorkplace(async ({ folder }) => {
      const path = join(folder, "report");
      writeNamed(path, "[]", by);
      assert.equal(readFileSync(path, "utf8"), "[]");
      assert.equal(statSync(path).mode & 0o777, 0o600);
    }),
  );

  test(
    "may be a pipe that somebody reads, late and slowly",
    inWorkplace(async ({ folder }) => {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      const got = join(folder, "got");
      // Into a file: while this thread waits, nobody would read what the reader passes on.
      const reader = spawn("sh", ["-c", 'sleep 0.1; { head -c 5; sleep 0.2; cat; } < "$0" > "$1"', path, got]);
      const closed = once(reader, "close");
      writeNamed(path, LONG, by);
      await closed;
      assert.equal(readFileSync(got, "utf8"), LONG);
    }),
  );

  test(
    "is not waited for for ever: a pipe that nobody opens, or reads on from, is given up by name",
    inWorkplace(async ({ folder }) => {
      const path = join(folder, "pipe");
      execFileSync("mkfifo", [path]);
      assert.throws(() => writeNamed(path, "[]", by, 200), unread);
      const idle = spawn("sh", ["-c", 'exec 3<>"$0"; echo; read end', path]);
      await new Promise((done) => idle.stdout.once("data", done));
      assert.throws(() => writeNamed(path, LONG, by, 200), unread);
      idle.stdin.end("\n");
      await new Promise((done) => idle.once("close", done));
    }),
  );

  test(
    "may be what a shell makes for a command",
    inWorkplace(async ({ folder, write }) => {
      write({ "a.js": "fine\n" });
      const script = '"$0" dist/patrol.cjs dir "$1" --report-path /dev/stdout -f json | cat';
      const report = execFileSync("sh", ["-c", script, process.execPath, join(folder, "a.js")], { stdio: "pipe" });
      assert.equal(report.toString().trim(), "[]");
    }),
  );
});
