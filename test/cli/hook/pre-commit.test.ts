import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, test } from "vitest";
import { builtProgram, line, tries } from "../../support/hooks.ts";
import { inWorkplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

beforeAll(builtProgram);
const other = `const other = "${crcToken(32)}";\n`;

test(
  "a commit with a secret is stopped, however it is made, and what was committed before does not stop the next",
  inWorkplace(async (place) => {
    const { git, write, patrol } = place;
    git("init", "--quiet", "--initial-branch=main");
    place.commit("Known", { "a.js": line });
    assert.equal((await patrol(["hook", "install", "--type", "pre-commit"])).status, 0);
    write({ "a.js": `// more\n${line}` });
    assert.ok(tries(place, ["commit", "-a", "-m", "A line"]).ok);
    write({ "b.js": other, "c.js": "1\n" });
    git("add", ".");
    const refused = tries(place, ["commit", "-m", "B"]);
    assert.ok(!refused.ok);
    assert.match(refused.said, /File: +b\.js/);
    assert.match(refused.said, /PATROL_BYPASS="why" git commit/);
    assert.ok(tries(place, ["commit", "-m", "C alone", "--", "c.js"]).ok, "only c.js is committed");
    assert.ok(!tries(place, ["commit", "--amend", "-m", "C and B"]).ok);
    git("reset", "--quiet", "b.js");
    write({ "c.js": other });
    assert.ok(!tries(place, ["commit", "-a", "-m", "C again"]).ok, "git commits -a from an index of its own");
    git("checkout", "--quiet", "c.js");
    assert.ok(tries(place, ["commit", "--amend", "-m", "Other words"]).ok);
    assert.equal(git("log", "--format=%s", "-1"), "Other words");
  }),
);

test(
  "a commit that a first look does not let pass is looked at once more, by the whole program alone",
  inWorkplace(async (place) => {
    const { git, write, patrol, folder } = place;
    git("init", "--quiet");
    await patrol(["hook", "install", "--type", "pre-commit"]);
    const [hook, node, log] = [".git/hooks/pre-commit", ".git/node", ".git/log"].map((name) => join(folder, name));
    assert.ok(hook && node && log);
    const noting = `echo "$1 \${PATROL_LOOKED:-no}" >> '${log}'\nexec '${process.execPath}' "$@"\n`;
    writeFileSync(node, `#!/bin/sh\n${noting}`, { mode: 0o755 });
    writeFileSync(hook, readFileSync(hook, "utf8").replace(/^node=.*$/m, `node='${node}'`));
    const program = join(process.cwd(), "dist/patrol.cjs");
    for (const [files, runs] of [
      [{ "a.js": "1\n" }, ["--liftoff-only no"]],
      [{ "a.js": line }, ["--liftoff-only no", `${program} yes`]],
      [{ ".gitleaksignore": "a.js:npm-access-token:1\n" }, [`${program} yes`]],
    ] as const) {
      writeFileSync(log, "");
      write(files);
      git("add", ".");
      tries(place, ["commit", "-m", "A"]);
      assert.deepEqual(readFileSync(log, "utf8").trim().split("\n"), runs);
    }
  }),
);

test(
  "an amended message brings what its commit brought once more",
  inWorkplace(async (place) => {
    place.git("init", "--quiet");
    place.commit("First", { "a.js": "1\n" });
    place.commit("Unseen", { "b.js": other });
    await place.patrol(["hook", "install", "--type", "pre-commit"]);
    const { ok, said } = tries(place, ["commit", "--amend", "-m", "Seen"]);
    assert.ok(!ok);
    assert.match(said, /what the last commit added was scanned/);
  }),
);

test(
  "merge, cherry-pick, rebase and stash go on as before, and their conflicts are scanned when they are committed",
  inWorkplace(async (place) => {
    const { git, write, commit, patrol } = place;
    git("init", "--quiet", "--initial-branch=main");
    const base = commit("Base", { "a.txt": "base\n" });
    git("checkout", "--quiet", "-b", "side");
    const side = commit("Side", { "a.txt": "side\n", "side.js": line });
    git("checkout", "--quiet", "main");
    commit("Main", { "a.txt": "main\n" });
    await patrol(["hook", "install", "--type", "pre-commit"]);

    assert.ok(!tries(place, ["merge", "side"]).ok);
    write({ "a.txt": `both\n${other}` });
    git("add", ".");
    const refused = tries(place, ["commit", "-m", "Merge"]);
    assert.ok(!refused.ok);
    assert.match(refused.said, /File: +a\.txt/);
    assert.doesNotMatch(refused.said, /side\.js/);
    write({ "a.txt": "both\n" });
    git("add", ".");
    assert.ok(tries(place, ["commit", "-m", "Merge"]).ok, "side.js is no news to either side");
    git("reset", "--quiet", "--hard", "HEAD^");

    assert.ok(!tries(place, ["cherry-pick", side]).ok);
    write({ "a.txt": "picked\n" });
    git("add", ".");
    assert.ok(!tries(place, ["commit", "-m", "Pick"]).ok, "here the secret is new");
    git("cherry-pick", "--abort");

    write({ "a.txt": other });
    assert.ok(tries(place, ["stash"]).ok);
    assert.ok(tries(place, ["stash", "pop"]).ok);
    assert.ok(!tries(place, ["commit", "-a", "-m", "Popped"]).ok, "what a stash brings back is new");
    git("checkout", "--quiet", "a.txt");

    git("checkout", "--quiet", "-b", "topic", base);
    commit("Topic", { "t.txt": "t\n" });
    assert.ok(tries(place, ["rebase", "main"]).ok);
    assert.equal(git("log", "--format=%s", "-2"), "Topic\nMain");
    assert.match(tries(place, ["rebase", "--exec", "false", "HEAD^"]).said, /execution failed/i);
    write({ "t.txt": other });
    git("add", ".");
    assert.ok(!tries(place, ["commit", "--amend", "--no-edit"]).ok, "amid a rebase");
    write({ "t.txt": "u\n" });
    git("add", ".");
    assert.ok(tries(place, ["commit", "--amend", "--no-edit"]).ok);
    assert.ok(tries(place, ["rebase", "--continue"]).ok);
  }),
);

test(
  "a further work tree shares the hook, a submodule has its own",
  inWorkplace(async (place) => {
    const { git, folder, patrol } = place;
    git("init", "--quiet", "main");
    git("-C", "main", "commit", "--quiet", "--allow-empty", "--message", "First");
    git("clone", "--quiet", "main", "lib");
    git("-C", "main", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib", "sub");
    git("-C", "main", "commit", "--quiet", "--message", "Sub");
    git("-C", "main", "worktree", "add", "--quiet", "../tree");
    for (const inner of ["main", "main/sub"])
      tries(place, ["-C", inner, "-c", 'alias.install=!node "$PROGRAM" hook install', "install"], {
        PROGRAM: join(process.cwd(), "dist/patrol.cjs"),
      });
    for (const inner of ["tree", "main/sub"]) {
      writeFileSync(join(folder, inner, "a.js"), line);
      git("-C", inner, "add", ".");
      const { ok, said } = tries(place, ["-C", inner, "commit", "-m", "A"]);
      assert.ok(!ok, inner);
      assert.match(said, /File: +a\.js/);
      assert.ok(tries(place, ["-C", inner, "commit", "--no-verify", "-m", "A"]).ok);
    }
    git("-C", "main", "add", "sub");
    assert.ok(tries(place, ["-C", "main", "commit", "-m", "Sub again"]).ok, "a submodule's commit is no file");
    assert.equal((await patrol(["git", "--staged", "main"])).status, 0);
  }),
);

test(
  "a bypass needs a reason in words, and leaves a note",
  inWorkplace(async (place) => {
    const { git, write, patrol } = place;
    git("init", "--quiet");
    await patrol(["hook", "install", "--type", "pre-commit"]);
    write({ "a.js": line });
    git("add", ".");
    const commit = ["commit", "-m", "A"];
    assert.match(tries(place, commit, { PATROL_BYPASS: "1" }).said, /needs a reason in words/);
    assert.ok(tries(place, commit, { PATROL_BYPASS: `a fixture, not ${crcToken(33)}` }).ok);
    write({ "b.js": line });
    git("add", ".");
    const strict = await patrol(["hook", "run", "pre-commit", "--no-bypass"], { env: { PATROL_BYPASS: "a fixture" } });
    assert.deepEqual([strict.status, /This commit was stopped/.test(strict.stderr)], [1, true]);
    const index = readFileSync(join(place.folder, ".git/index"));
    const again = await patrol(["hook", "run", "pre-commit"], { env: { PATROL_BYPASS: "a fixture" } });
    assert.match(again.stderr, /let through: a reason was given/);
    assert.ok(readFileSync(join(place.folder, ".git/index")).equals(index), "the index is left as it was");
    const note = git("notes", "--ref=patrol-bypass", "show", "HEAD^{tree}");
    assert.match(note, /^Patrol-Bypass: a fixture, not \[npm-access-token\]$/m);
    assert.match(note, /^Hook: pre-commit$/m);
    assert.match(note, /^Finding: a\.js:npm-access-token:1$/m);
  }),
);
