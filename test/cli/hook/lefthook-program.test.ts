import assert from "node:assert/strict";
import { beforeAll, test } from "vitest";
import { builtProgram, line, pathWithPatrol, runs, tries } from "../../support/hooks.ts";
import { npmProgram } from "../../support/npm-program.ts";
import { inWorkplace } from "../../support/patrol.ts";

let programs: string;
beforeAll(async () => {
  await builtProgram();
  programs = npmProgram("lefthook", "2.2.2");
}, 120_000);

test(
  "lefthook itself runs our commands beside the project's own, at commits and pushes",
  inWorkplace(async (place) => {
    const { git, write, patrol } = place;
    const env = { PATH: pathWithPatrol(place, programs) };
    git("init", "--quiet", "--initial-branch=main");
    write({
      ".gitignore": ".bin\nremote.git\n",
      "lefthook.yml": "pre-commit:\n  commands:\n    lint:\n      run: echo the linter of the project\n",
    });
    await patrol(["hook", "install"]);
    runs(place, `${programs}/lefthook`, ["install"], env);
    const doctor = await patrol(["hook", "doctor"]);
    assert.equal(doctor.status, 0, doctor.stdout);
    git("add", ".");
    const clean = tries(place, ["commit", "-m", "Set up"], env);
    assert.ok(clean.ok && /the linter of the project/.test(clean.said), clean.said);

    write({ "a.js": line });
    git("add", "a.js");
    const refused = tries(place, ["commit", "-m", "Add a key"], env);
    assert.ok(!refused.ok && /File: +a\.js/.test(refused.said), refused.said);
    assert.ok(tries(place, ["commit", "-m", "Unseen"], { ...env, LEFTHOOK: "0" }).ok, "lefthook's own way out");

    git("init", "--quiet", "--bare", "remote.git");
    git("remote", "add", "origin", "./remote.git");
    const push = tries(place, ["push", "origin", "main"], env);
    assert.ok(!push.ok && /This push was stopped/.test(push.said), push.said);
  }),
);
