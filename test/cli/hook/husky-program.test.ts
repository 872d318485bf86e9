import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, test } from "vitest";
import { builtProgram, line, pathWithPatrol, runs, tries } from "../../support/hooks.ts";
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
    git("add", ".");
    const clean = tries(place, ["commit", "-m", "Set up"], env);
    assert.ok(clean.ok && /the tests of the project/.test(clean.said), clean.said);

    write({ "a.js": line });
    git("add", "a.js");
    const refused = tries(place, ["commit", "-m", "Add a key"], env);
    assert.ok(!refused.ok);
    assert.match(refused.said, /the tests of the project[^]*File: +a\.js[^]*husky - pre-commit script failed/);
    assert.ok(tries(place, ["commit", "-m", "Unseen"], { ...env, HUSKY: "0" }).ok, "husky's own way out");

    git("init", "--quiet", "--bare", "remote.git");
    git("remote", "add", "origin", "./remote.git");
    const push = tries(place, ["push", "origin", "main"], env);
    assert.ok(!push.ok && /This push was stopped/.test(push.said), push.said);
    assert.equal((await patrol(["hook", "doctor"])).status, 0);
    await patrol(["hook", "uninstall"]);
    assert.equal(readFileSync(join(folder, ".husky/pre-commit"), "utf8"), "echo the tests of the project\n");
    assert.ok(tries(place, ["push", "origin", "main"], env).ok);
  }),
);
