import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { inWorkplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

test(
  "a file of ignores or their key that cannot be written is named",
  inWorkplace(async ({ folder, write, patrol }) => {
    write({ "a.js": "fine\n" });
    symlinkSync("nowhere/key", join(folder, ".patrol-key"));
    const { status, stderr } = await patrol(["baseline"]);
    assert.equal(status, 2);
    assert.match(stderr, /cannot write .*\.patrol-key: EEXIST/);
  }),
);

test(
  "where there is no room for a file of ignores or its key, nothing of it is left behind",
  inWorkplace(async ({ folder, git, write, patrol }) => {
    git("init", "--quiet");
    write({ "a.js": `"${crcToken(5)}"\n` });
    const baseline = [process.execPath, join(process.cwd(), "dist/patrol.cjs"), "baseline"];
    const withoutRoom = () =>
      spawnSync("sh", ["-c", 'ulimit -f 0 && exec "$@"', "sh", ...baseline], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: folder, XDG_CACHE_HOME: `${folder}-cache` },
      });
    const full = withoutRoom();
    assert.deepEqual([full.status, readdirSync(folder).sort()], [2, [".git", "a.js"]], full.stderr);
    assert.match(full.stderr, /cannot write .*\.patrol-key: /);
    assert.equal((await patrol(["baseline"])).status, 0);
    const names = readdirSync(folder).sort();
    write({ "b.js": `"${crcToken(6)}"\n` });
    const again = withoutRoom();
    assert.match(again.stderr, /cannot write .*\.patrol-baseline: /);
    assert.deepEqual(readdirSync(folder).sort(), [...names, "b.js"].sort());
  }),
);
