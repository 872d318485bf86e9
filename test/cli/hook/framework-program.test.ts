import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeAll, test } from "vitest";
import { parse, stringify } from "yaml";
import { builtProgram, line, pathWithPatrol, runs, tries } from "../../support/hooks.ts";
import { inWorkplace } from "../../support/patrol.ts";
import { findOrInstall, missing } from "../../support/programs.ts";

interface Hook {
  readonly id: string;
  readonly language: string;
  readonly stages: readonly string[];
  readonly minimum_pre_commit_version?: string;
}

let framework: string;
beforeAll(async () => {
  await builtProgram();
  framework = findOrInstall("pre-commit") ?? assert.fail(missing("pre-commit"));
}, 300_000);

/** Our own hooks as a project's local ones, which need no clone. Versions before 3.2 know the stages by older names. */
function configuration(): string {
  const hooks = parse(readFileSync(".pre-commit-hooks.yaml", "utf8")) as Hook[];
  const local = hooks
    .filter(({ id }) => id === "patrol-system" || id === "patrol-push")
    .map(({ minimum_pre_commit_version: _version, ...hook }) => ({
      ...hook,
      language: "system",
      stages: hook.stages.map((stage) => stage.replace(/^pre-/, "")),
    }));
  return stringify({ repos: [{ repo: "local", hooks: local }] });
}

test(
  "the pre-commit framework itself runs our hooks at commits and pushes, and --all-files is no false green",
  inWorkplace(async (place) => {
    const { git, write } = place;
    const env = { PATH: pathWithPatrol(place) };
    git("init", "--quiet", "--initial-branch=main");
    write({ ".gitignore": ".bin\n.cache\nremote.git\n", ".pre-commit-config.yaml": configuration() });
    runs(place, framework, ["install", "--hook-type", "pre-commit", "--hook-type", "pre-push"], env);
    git("add", ".");
    const clean = tries(place, ["commit", "-m", "Set up"], env);
    assert.ok(clean.ok && /Patrol.*Passed/.test(clean.said), clean.said);

    write({ "a.js": line });
    git("add", "a.js");
    const refused = tries(place, ["commit", "-m", "Add a key"], env);
    assert.ok(!refused.ok && /Patrol.*Failed[^]*File: +a\.js/.test(refused.said), refused.said);
    assert.ok(
      tries(place, ["commit", "-m", "Unseen"], { ...env, SKIP: "patrol-system" }).ok,
      "the framework's way out",
    );

    assert.throws(() => runs(place, framework, ["run", "--all-files"], env), /Failed[^]*a\.js/);
    git("init", "--quiet", "--bare", "remote.git");
    git("remote", "add", "origin", "./remote.git");
    const push = tries(place, ["push", "origin", "main"], env);
    assert.ok(!push.ok && /This push was stopped/.test(push.said), push.said);
    git("reset", "--quiet", "--hard", "HEAD~1");
    assert.ok(tries(place, ["push", "origin", "main"], env).ok);
  }),
);
