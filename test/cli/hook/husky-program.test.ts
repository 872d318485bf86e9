import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, test } from "vitest";
import { builtProgram, pathWithPatrol, runs, standsGuard, tries } from "../../support/hooks.ts";
import { inWorkplace } from "../../support/patrol.ts";

beforeAll(builtProgram);

test(
  "husky itself runs our line beside the project's own, at commits and pushes, and both leave with uninstall",
  inWorkplace(async (place) => {
    const { folder, git, write, patrol } = place;
    const env = { PATH: pathWithPatrol(place) };
    git("init", "--quiet", "--initial-branch=main");
    write({ ".gitignore": ".bin\nremote.git\n", "package.json": "{}\n" });
    runs(place, process.execPath, [resolve("node_modules/husky/bin.js"), "init"]);
    write({ ".husky/pre-commit": "echo the tests of the project\n" });
    assert.match((await patrol(["hook", "install"])).stdout, /part of the project: commit it/);
    standsGuard(place, {
      env,
      passes: /the tests of the project/,
      stops: /the tests of the project[^]*File: +a\.js[^]*husky - pre-commit script failed/,
      wayOut: { HUSKY: "0" },
    });
    assert.equal((await patrol(["hook", "doctor"], { env })).status, 0);
    await patrol(["hook", "uninstall"]);
    assert.equal(readFileSync(join(folder, ".husky/pre-commit"), "utf8"), "echo the tests of the project\n");
    assert.ok(tries(place, ["push", "origin", "main"], env).ok);
  }),
);
