import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { openSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { FILE, FOLDER, kindOf, LINK, listFolder, nodeFiles } from "../../src/disk/node-files.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const isKnownNode = /^v(20|22|24|26)\./.test(process.version) && process.platform !== "win32";

describe("files by Node.js' own functions", () => {
  test("are had in the lines of Node.js whose functions are known", () => {
    assert.equal(nodeFiles().open !== openSync, isKnownNode);
  });

  test(
    "a folder's names and their kinds are those that node:fs tells",
    inWorkplace(async ({ folder, write }) => {
      write({ "b.txt": "", "a/x": "", "ü.txt": "", Z: "" });
      symlinkSync("nowhere", join(folder, "link"));
      execFileSync("mkfifo", [join(folder, "pipe")]);
      const { names, kinds } = listFolder(folder);
      const entries = readdirSync(folder, { withFileTypes: true });
      assert.deepEqual(
        names,
        entries.map(({ name }) => name),
      );
      assert.deepEqual(
        kinds.map((kind) => ([FILE, FOLDER, LINK].includes(kind) ? kind : "other")),
        entries.map((entry) => (entry.isFIFO() ? "other" : kindOf(entry))),
      );
      assert.equal(kinds[names.indexOf("a")], FOLDER);
      assert.equal(kinds[names.indexOf("link")], LINK);
      assert.equal(kinds[names.indexOf("b.txt")], FILE);
    }),
  );

  test(
    "a folder that cannot be listed is an error with the code that node:fs gives it",
    inWorkplace(async ({ folder, write }) => {
      write({ file: "" });
      assert.throws(() => listFolder(join(folder, "none")), { code: "ENOENT" });
      assert.throws(() => listFolder(join(folder, "file")), { code: "ENOTDIR" });
    }),
  );

  test(
    "are not taken where node:fs is not Node.js' own: what stands in its place is asked, and the same is found",
    inWorkplace(async ({ write, patrol, folder }) => {
      const files = Array.from({ length: 20 }, (_, number) => [`src/${number}.txt`, `${number}\n`] as const);
      write({ ...Object.fromEntries(files), "src/leak.txt": `key = "${crcToken(7)}"\n` });
      const other = [
        'const fs = require("node:fs");',
        "const { openSync, appendFileSync } = fs;",
        `fs.openSync = (path, ...rest) => (appendFileSync(${JSON.stringify(join(folder, "opened"))}, path + "\\n"), openSync(path, ...rest));`,
      ];
      write({ "other.cjs": other.join("\n") });
      const args = ["dir", "src", "-f", "json"];
      const own = await patrol(args);
      assert.equal(own.status, 1, own.stderr);
      const asked = await patrol(args, { env: { NODE_OPTIONS: `--require ${join(folder, "other.cjs")}` } });
      assert.deepEqual([asked.status, asked.stdout], [own.status, own.stdout]);
      const opened = readFileSync(join(folder, "opened"), "utf8").split("\n");
      for (const [path] of files) assert.ok(opened.includes(path), path);
    }),
  );
});
