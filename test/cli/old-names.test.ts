import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(1);
const line = `const key = "${token}";\n`;
const rows = (text: string) => JSON.parse(text) as Row[];
const JSON_OUT = ["-f", "json", "-r", "-"];

describe("old names and habits", () => {
  test(
    "detect --no-git and file and directory are dir",
    inWorkplace(async ({ write, patrol }) => {
      write({ "s/a.js": line });
      for (const args of [
        ["detect", "--no-git", "-s", "s"],
        ["detect", "--no-git", "--source=s", "-v", "--redact"],
        ["directory", "s"],
        ["file", "s/a.js"],
      ])
        assert.equal((await patrol(args)).status, 1, args.join(" "));
    }),
  );

  test(
    "stdin and detect --pipe scan what is piped in",
    inWorkplace(async ({ patrol }) => {
      for (const args of [["stdin"], ["detect", "--pipe"]]) {
        const { status, stdout } = await patrol([...args, ...JSON_OUT], { input: `a\nb ${token}\n` });
        assert.equal(status, 1);
        assert.deepEqual([rows(stdout)[0]?.StartLine, rows(stdout)[0]?.File], [2, ""]);
      }
      const { stdout } = await patrol(["stdin"], { input: `b ${token}\n` });
      assert.match(stdout, /^Line: +1\nFingerprint: :npm-access-token:1$/m);
      assert.doesNotMatch(stdout, /^File:/m);
      assert.equal((await patrol(["stdin"], { input: "" })).status, 0);
    }),
  );

  test(
    "flags may stand before the command, joined, and with their values attached",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      const { stdout, status } = await patrol(["--no-banner", "-r", "-", "dir", "-vfjson", "--exit-code=3", "--", "."]);
      assert.deepEqual([status, rows(stdout).length], [3, 1]);
    }),
  );

  test(
    "version and help answer with 0",
    inWorkplace(async ({ patrol }) => {
      const version = (JSON.parse(readFileSync("package.json", "utf8")) as { version: string }).version;
      assert.equal((await patrol(["version"])).stdout, `${version}\n`);
      assert.equal((await patrol(["--version"])).stdout, `${version}\n`);
      for (const args of [["help"], ["--help"], ["help", "dir"], ["dir", "-h"], []]) {
        const { status, stdout } = await patrol(args);
        assert.equal(status, 0);
        assert.match(stdout, /Usage: patrol/);
      }
    }),
  );
});
