import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, test } from "vitest";
import { stringify } from "yaml";
import { builtProgram, pathWithPatrol, runs, standsGuard, tries } from "../../support/hooks.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { findOrInstall, missing } from "../../support/programs.ts";

let framework: string;
beforeAll(async () => {
  await builtProgram();
  framework = findOrInstall("pre-commit") ?? assert.fail(missing("pre-commit"));
}, 300_000);

/** A repository with our hooks as the framework clones it. What it would install for `language: node` is in the PATH here. */
function configuration({ folder }: Workplace): string {
  const repo = join(folder, ".hooks");
  mkdirSync(repo);
  copyFileSync(".pre-commit-hooks.yaml", join(repo, ".pre-commit-hooks.yaml"));
  const git = (...args: string[]) => runs({ folder: repo }, "git", args).trim();
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "-m", "Hooks");
  const hooks = [{ id: "patrol-system" }, { id: "patrol-push", language: "system" }];
  return stringify({ repos: [{ repo, rev: git("rev-parse", "HEAD"), hooks }] });
}

test(
  "the pre-commit framework itself runs our hooks at commits and pushes, and --all-files is no false green",
  inWorkplace(async (place) => {
    const { git, write } = place;
    const env = { PATH: pathWithPatrol(place) };
    git("init", "--quiet", "--initial-branch=main");
    write({ ".gitignore": ".bin\n.cache\n.hooks\nremote.git\n", ".pre-commit-config.yaml": configuration(place) });
    runs(place, framework, ["install", "--hook-type", "pre-commit", "--hook-type", "pre-push"], env);
    runs(place, framework, ["validate-manifest", join(process.cwd(), ".pre-commit-hooks.yaml")], env);
    standsGuard(place, {
      env,
      passes: /Patrol.*Passed/,
      stops: /Patrol.*Failed[^]*File: +a\.js/,
      wayOut: { SKIP: "patrol-system" },
    });
    assert.throws(() => runs(place, framework, ["run", "--all-files"], env), /Failed[^]*a\.js/);
    // Each of our hooks runs at both types; before a push all of them go by what is pushed, not by the tree.
    const pushed = tries(place, ["push", "origin", "main"], env);
    assert.match(
      pushed.said,
      /Patrol \(installed\)\.+Failed[^]*commits to be pushed scanned[^]*Patrol \(push\)\.+Failed/,
    );
    git("push", "--quiet", "--no-verify", "origin", "main");
    write({ "c.js": "1\n" });
    git("add", "c.js");
    assert.ok(tries(place, ["commit", "-m", "C"], env).ok);
    assert.ok(tries(place, ["push", "origin", "main"], env).ok, "what the remote has stops no push");
    git("reset", "--quiet", "--hard", "HEAD~1");
    git("push", "--quiet", "--no-verify", "--force", "origin", "main~1:main");
    git("reset", "--quiet", "--hard", "HEAD~1");
    assert.ok(tries(place, ["push", "origin", "main"], env).ok);
  }),
);
