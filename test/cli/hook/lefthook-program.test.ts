import assert from "node:assert/strict";
import { beforeAll, test } from "vitest";
import { builtProgram, pathWithPatrol, runs, standsGuard } from "../../support/hooks.ts";
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
    standsGuard(place, {
      env,
      passes: /the linter of the project/,
      stops: /File: +a\.js/,
      wayOut: { LEFTHOOK: "0" },
    });
  }),
);
