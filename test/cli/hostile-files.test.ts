import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const line = `const key = "${crcToken(29)}";\n`;

test(
  "whatever files are called, each is found, and no name moves the cursor, adds a line or is taken for a flag",
  inWorkplace(async ({ folder, patrol }) => {
    const names = [
      "new\nline.js",
      "\u001b[31mred.js",
      "%s%n.js",
      "-rf.js",
      "\u202egnp.js",
      " space .js",
      "a".repeat(255),
    ];
    for (const name of [...names.map((name) => Buffer.from(name)), Buffer.from("bad\xff.js", "latin1")])
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), name]), line);
    const { status, stdout, stderr } = await patrol(["dir", "."]);
    assert.equal(status, 1, stderr);
    assert.equal(stdout.match(/^File: /gm)?.length, names.length + 1);
    assert.doesNotMatch(stdout + stderr, /[\0-\x09\x0b-\x1f\x7f\u202a-\u202e]/);
    const rows = JSON.parse((await patrol(["dir", ".", "-f", "json", "-r", "-"])).stdout) as Row[];
    for (const name of names)
      assert.ok(
        rows.some(({ File }) => File === name),
        JSON.stringify(name),
      );
  }),
);

test(
  "links in circles, pipes and files too large neither stop a scan nor pass for scanned",
  inWorkplace(async ({ folder, write, patrol }) => {
    write({ "a.js": line, "big.bin": "" });
    truncateSync(join(folder, "big.bin"), 3e9);
    symlinkSync("loop", join(folder, "loop"));
    symlinkSync(".", join(folder, "self"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
    for (const flags of [[], ["--follow-symlinks"]]) {
      const { status, stderr } = await patrol(["dir", ".", ...flags]);
      assert.equal(status, 2);
      assert.match(stderr, /^not scanned: big\.bin: 3000 MB, and at most 2147 MB/m);
      assert.match(stderr, /^leaks found: 1; 1 could not be scanned/m);
    }
  }),
);

test(
  "files that the kernel makes up while they are read are read to their end",
  inWorkplace(async ({ patrol }) => {
    // Only Linux has them.
    if (!existsSync("/proc/self/smaps")) return;
    const { status, stderr } = await patrol(["dir", "/proc/self/smaps"]);
    assert.equal(status, 0, stderr);
    const [, size = "0"] = /^1 file scanned, ([\d.]+) KB/m.exec(stderr) ?? [];
    // A page of them is what one call gives.
    assert.ok(Number(size) > 9, stderr);
  }),
);

test(
  "a folder as standard input is refused: nothing can be read from it",
  inWorkplace(async ({ folder }) => {
    mkdirSync(join(folder, "sub"));
    const input = openSync(join(folder, "sub"), "r");
    const { status, stderr } = spawnSync(process.execPath, [resolve("dist/patrol.cjs"), "stdin"], {
      cwd: folder,
      stdio: [input, "pipe", "pipe"],
      encoding: "utf8",
    });
    closeSync(input);
    assert.equal(status, 2);
    assert.match(stderr, /standard input is a folder; patrol dir FOLDER scans one/);
  }),
);
