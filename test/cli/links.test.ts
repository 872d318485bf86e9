import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(1);
const other = crcToken(2);
const line = `const key = "${token}";\n`;
const rows = (text: string) => JSON.parse(text) as Row[];
const JSON_OUT = ["-f", "json", "-r", "-"];

describe("symbolic links", () => {
  test(
    "where a link leads is its content, as git has it: it is scanned, whatever is there",
    inWorkplace(async ({ folder, git, write, patrol }) => {
      git("init", "--quiet");
      write({
        "sub/a.js": "nothing\n",
        ".gitignore": "ignored\n",
        ".gitleaksignore": "sub/known:npm-access-token:1\n",
      });
      symlinkSync(`../behind/${token}`, join(folder, "sub/link"));
      symlinkSync(`../${other}`, join(folder, "ignored"));
      symlinkSync(`../${other}`, join(folder, "sub/known"));
      const found = async (...args: string[]) => {
        const { status, stdout } = await patrol([...args, ...JSON_OUT]);
        return [
          status,
          ...rows(stdout).map(({ File, StartLine, StartColumn }) => `${File}:${StartLine}:${StartColumn}`),
        ];
      };
      assert.deepEqual(await found("dir", ".", "sub"), [1, "ignored:1:4", "sub/link:1:11"]);
      assert.deepEqual(await found("dir", "--respect-gitignore"), [1, "sub/link:1:11"]);
      assert.deepEqual(await found("dir", "sub", "--follow-symlinks"), [1, "sub/link:1:11"]);
      git("add", ".");
      assert.deepEqual(await found("git", "--staged"), [1, "sub/link:1:11"]);
    }),
  );

  test(
    "links are not left the folder by, unless asked, and a circle of them ends",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "out/secret.js": line, "in/a.txt": "x", "in/deep/b.txt": "x" });
      symlinkSync(join(folder, "out"), join(folder, "in/link"));
      symlinkSync(join(folder, "out/secret.js"), join(folder, "in/file-link.js"));
      symlinkSync(join(folder, "in"), join(folder, "in/deep/circle"));
      symlinkSync("nowhere", join(folder, "in/broken"));
      assert.equal((await patrol(["dir", "in"])).status, 0);
      const { status, stdout } = await patrol(["dir", "in", "--follow-symlinks", ...JSON_OUT]);
      assert.equal(status, 1);
      assert.deepEqual(
        rows(stdout)
          .map((row) => [row.SymlinkFile, row.File])
          .sort(),
        [
          ["in/file-link.js", "out/secret.js"],
          ["in/link/secret.js", "out/secret.js"],
        ],
      );
      // A link that is named is asked for.
      for (const [named, file] of [
        ["in/file-link.js", "in/file-link.js"],
        ["in/link", "in/link/secret.js"],
      ] as const)
        assert.deepEqual(
          rows((await patrol(["dir", named, ...JSON_OUT])).stdout).map((row) => row.File),
          [file],
        );
    }),
  );
});
