import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { beforeAll, describe, test } from "vitest";
import { builtProgram, line, token, tries } from "../../support/hooks.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

beforeAll(builtProgram);

/** A repository with a remote that has its first commit. */
function withRemote({ git, commit }: Workplace): void {
  git("init", "--quiet", "--initial-branch=main");
  git("init", "--quiet", "--bare", "remote.git");
  git("config", "core.excludesFile", ".git/info/exclude");
  git("remote", "add", "origin", "./remote.git");
  git("config", "--local", "advice.detachedHead", "false");
  commit("First", { ".gitignore": "remote.git\nother.git\n", "known.js": line });
  git("push", "--quiet", "origin", "main");
}

function commitUnseen({ git, write }: Workplace, message: string, files: Record<string, string>): string {
  write(files);
  git("add", "--all");
  git("commit", "--quiet", "--no-verify", "--message", message);
  return git("rev-parse", "HEAD");
}

describe("before a push", () => {
  test(
    "a secret from whose line a comment was taken that allowed it is told, though the remote has it",
    inWorkplace(async (place) => {
      withRemote(place);
      const allowed = `${line.trimEnd()} // patrol:allow\n`;
      commitUnseen(place, "Allowed", { "a.js": allowed });
      place.git("push", "--quiet", "origin", "main");
      await place.patrol(["hook", "install", "--type", "pre-push"]);
      commitUnseen(place, "Moved", { "a.js": `\n${allowed}` });
      assert.ok(tries(place, ["push", "origin", "main"]).ok);
      commitUnseen(place, "Not any more", { "a.js": line });
      const refused = tries(place, ["push", "origin", "main"]);
      assert.ok(!refused.ok);
      assert.match(refused.said, /a\.js/);
    }),
  );

  test(
    "what another remote has is not this one's, though its name begins alike",
    inWorkplace(async (place) => {
      const { git, commit, patrol } = place;
      withRemote(place);
      git("init", "--quiet", "--bare", "other.git");
      git("remote", "add", "origin/fork", "./other.git");
      commit("Guilty", { "a.js": `const a = "${crcToken(37)}";\n` });
      git("push", "--quiet", "origin/fork", "main:side");
      assert.match(git("for-each-ref"), /refs\/remotes\/origin\/fork\/side/);
      commit("Fine", { "a.js": "1\n" });
      await patrol(["hook", "install", "--type", "pre-push"]);
      const refused = tries(place, ["push", "origin", "main"]);
      assert.ok(!refused.ok);
      assert.match(refused.said, /2 commits to be pushed scanned/);
      assert.match(tries(place, ["push", "origin/fork", "main"]).said, /1 commit to be pushed scanned/);
    }),
  );

  test(
    "what is fetched from a remote is not known to the address that is pushed to, however many there are, nor to one it was given since",
    inWorkplace(async (place) => {
      const { git, patrol } = place;
      withRemote(place);
      git("init", "--quiet", "--bare", "other.git");
      await patrol(["hook", "install", "--type", "pre-push"]);
      git("config", "remote.origin.pushurl", "./other.git");
      const apart = tries(place, ["push", "origin", "main"]);
      assert.ok(!apart.ok, apart.said);
      assert.match(
        apart.said,
        /origin is fetched from another address, so its tracking branches do not say what is there/,
      );
      git("config", "--add", "remote.origin.pushurl", "./remote.git");
      assert.match(tries(place, ["push", "origin", "main"]).said, /File: +known\.js/);
      git("config", "--unset-all", "remote.origin.pushurl");
      git("remote", "set-url", "origin", "./other.git");
      const moved = tries(place, ["push", "origin", "main"]);
      assert.ok(!moved.ok, moved.said);
      assert.match(moved.said, /origin does not have the branch that refs\/remotes\/origin\/main tracks/);
      assert.equal(git("-C", "other.git", "for-each-ref"), "");
    }),
  );

  test(
    "a new branch or tag alone is scanned whole where the remote got another address since it was cloned or fetched, until it is fetched",
    inWorkplace(async (place) => {
      const { git, commit, patrol, folder } = place;
      withRemote(place);
      git("init", "--quiet", "--bare", "other.git");
      await patrol(["hook", "install", "--type", "pre-push"]);
      const push = (...words: string[]) => tries(place, ["push", ...words]);
      git("fetch", "--quiet", "origin");
      commit("Fine", { "a.js": "1\n" });
      assert.match(push("origin", "HEAD:refs/heads/fine").said, /^1 commit to be pushed scanned/m);
      git("remote", "set-url", "origin", "./other.git");
      for (const ref of ["refs/heads/topic", "refs/tags/v1"]) {
        const moved = push("origin", `HEAD:${ref}`);
        assert.ok(!moved.ok, moved.said);
        assert.match(moved.said, /origin was fetched from another address, and not yet from the one it has now/);
      }
      git("push", "--quiet", "--no-verify", "./other.git", "main");
      git("fetch", "--quiet", "origin");
      assert.match(push("origin", "HEAD:refs/heads/topic").said, /^0 commits to be pushed scanned/m);
      // A branch that is fetched by itself says nothing of the remote's address.
      git("fetch", "--quiet", "./remote.git", "main");
      commit("Fine too", { "a.js": "2\n" });
      assert.match(push("origin", "HEAD:refs/heads/again").said, /^1 commit to be pushed scanned/m);

      git("-C", "remote.git", "symbolic-ref", "HEAD", "refs/heads/main");
      git("config", "--global", `url.${folder}/.insteadOf`, "here:");
      git("clone", "--quiet", "here:remote.git", "clone");
      git("-C", "clone", "config", "core.hooksPath", `${folder}/.git/hooks`);
      const tag = (name: string) => tries(place, ["-C", "clone", "push", "origin", `HEAD:refs/tags/${name}`]);
      assert.match(tag("v2").said, /^0 commits to be pushed scanned/m);
      git("-C", "clone", "remote", "set-url", "origin", `${folder}/other.git`);
      const cloned = tag("v3");
      assert.ok(!cloned.ok, cloned.said);
      assert.match(cloned.said, /origin was fetched from another address/);
    }),
  );

  test(
    "an address that leads to the same place in another way changes nothing, and a branch that is gone nothing but itself",
    inWorkplace(async (place) => {
      const { git, patrol, commit } = place;
      withRemote(place);
      const [known, fine] = [git("rev-parse", "HEAD"), commit("Fine", { "b.js": "1\n" })];
      git("remote", "set-url", "origin", "https://git.example.org/a/b");
      const push = async (address: string, branch = "new") =>
        (
          await patrol(["hook", "run", "pre-push", "origin", address], {
            input: `refs/heads/x ${fine} refs/heads/${branch} ${"0".repeat(40)}\n`,
          })
        ).stderr;
      for (const address of ["git@git.example.org:a/b.git", "ssh://git@git.example.org/a/b.git", ""])
        assert.match(await push(address), /^1 commit to be pushed scanned/);
      assert.match(await push("git@git.example.org:a/c.git"), /^2 commits to be pushed scanned/m);
      git("update-ref", "refs/remotes/origin/gone", fine);
      assert.match(await push("git@git.example.org:a/b.git"), /^0 commits to be pushed scanned/);
      assert.match(await push("git@git.example.org:a/b.git", "gone"), /^1 commit to be pushed scanned/);
      git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/gone");
      assert.match(await push("git@git.example.org:a/b.git", "gone"), /^2 commits to be pushed scanned/m);
      assert.equal(git("rev-parse", "origin/main"), known);
    }),
  );

  test(
    "exactly what the remote lacks is scanned: new branches, updates, force, tags, several at once",
    inWorkplace(async (place) => {
      const { git, commit, patrol } = place;
      withRemote(place);
      await patrol(["hook", "install", "--type", "pre-push"]);
      git("checkout", "--quiet", "-b", "topic");
      commit("Fine", { "a.js": "1\n" });
      assert.ok(tries(place, ["push", "origin", "topic"]).ok, "known.js is at the remote already");
      commit("Guilty", { "a.js": line.replace("key", "two") + `"${crcToken(35)}"\n` });
      commit("Removed again", { "a.js": "1\n" });
      const refused = tries(place, ["push", "origin", "topic"]);
      assert.ok(!refused.ok);
      assert.match(refused.said, /File: +a\.js/);
      assert.match(refused.said, /A later commit that removes the secret is not enough/);
      assert.match(refused.said, /2 commits to be pushed scanned/);
      assert.ok(!tries(place, ["push", "origin", "HEAD:refs/heads/new"]).ok);
      assert.ok(!tries(place, ["push", "origin", "main", "topic"]).ok, "one of several");
      assert.ok(!tries(place, ["push", "./remote.git", "topic"]).ok, "a remote without a name");
      git("reset", "--quiet", "--hard", "main");
      commit("Instead", { "b.js": "1\n" });
      assert.ok(tries(place, ["push", "--force", "origin", "topic"]).ok);
      assert.ok(tries(place, ["push", "origin", "--delete", "topic"]).ok);
      git("tag", "--annotate", "--message", `Release ${crcToken(36)}`, "v1");
      const tagged = tries(place, ["push", "origin", "v1"]);
      assert.ok(!tagged.ok);
      assert.match(tagged.said, /tag message/);
      git("tag", "light", "main");
      assert.ok(tries(place, ["push", "origin", "light"]).ok);
      assert.ok(!tries(place, ["push", "origin", `HEAD:refs/heads/${token}`]).said.includes(token));
      const pushed = tries(place, ["push", "origin", "v1"], { PATROL_BYPASS: "a made-up token in the docs" });
      assert.ok(pushed.ok);
      assert.match(git("notes", "--ref=patrol-bypass", "show", "v1"), /Hook: pre-push/);
    }),
  );

  test(
    "a bypass of many refs is noted at each of them at once, behind what was noted there before",
    inWorkplace(async (place) => {
      const { git, patrol } = place;
      withRemote(place);
      await patrol(["hook", "install", "--type", "pre-push"]);
      const names = Array.from({ length: 40 }, (_, number) => `t${number}`);
      for (const name of names) git("tag", "--annotate", "--message", `${name} ${crcToken(36)}`, name);
      const noted = (name: string) => git("notes", "--ref=patrol-bypass", "show", name);
      assert.ok(tries(place, ["push", "origin", "t3", "t5"], { PATROL_BYPASS: "the first of them" }).ok);
      const before = Number(git("rev-list", "--count", "refs/notes/patrol-bypass"));
      git("push", "--quiet", "--no-verify", "--delete", "origin", "t3", "t5");
      assert.ok(tries(place, ["push", "origin", "--tags"], { PATROL_BYPASS: "all of them" }).ok);
      for (const name of names) assert.match(noted(name), /Patrol-Bypass: all of them\nHook: pre-push/);
      for (const name of ["t3", "t5"]) assert.match(noted(name), /Patrol-Bypass: the first of them[^]*all of them/);
      const after = Number(git("rev-list", "--count", "refs/notes/patrol-bypass"));
      assert.ok(after - before <= 4, `${after - before} writes`);
    }),
  );

  test(
    "a push of more refs than a program takes as arguments is scanned, what the remote had of them too",
    inWorkplace(async ({ folder, git, patrol }) => {
      git("init", "--quiet", "--object-format=sha256");
      const count = 30_000;
      const text = (number: number) => (number === 20_000 ? line : `${number}\n`);
      const blob = (number: number) => `blob\nmark :${number + 1}\ndata ${text(number).length}\n${text(number)}\n`;
      execFileSync("git", ["fast-import", "--quiet", "--export-marks=marks"], {
        cwd: folder,
        input: Array.from({ length: count }, (_, number) => blob(number)).join(""),
      });
      const ids = readFileSync(`${folder}/marks`, "utf8").match(/\b[0-9a-f]{64}\b/g) ?? [];
      const input = ids.map((id, number) => `refs/tags/t${number} ${id} refs/tags/t${number} ${id}\n`).join("");
      const push = ["hook", "run", "pre-push", "./remote.git", "./remote.git", "--max-target-megabytes", "1"];
      const { status, stderr } = await patrol(push, { input });
      assert.match(stderr, /^0 commits to be pushed scanned, 30000 objects/m);
      assert.equal(status, 1, stderr);
    }),
  );

  test(
    "what git commits without asking a pre-commit hook is found then: by cherry-pick, rebase, revert and merge",
    inWorkplace(async (place) => {
      const { git, commit, patrol } = place;
      withRemote(place);
      await patrol(["hook", "install"]);
      git("checkout", "--quiet", "-b", "guilty");
      const guilty = commitUnseen(place, "Guilty", { "a.js": `"${crcToken(38)}"\n` });
      for (const [name, ...ways] of [
        ["picked", ["cherry-pick", guilty]],
        ["based", ["rebase", "--quiet", "guilty"]],
        ["merged", ["merge", "--quiet", "--no-edit", "guilty"]],
        ["reverted", ["cherry-pick", guilty], ["revert", "--no-edit", "HEAD"], ["revert", "--no-edit", "HEAD"]],
      ] as const) {
        git("checkout", "--quiet", "-B", name, "main");
        commit(`Begin ${name}`, { [`${name}.txt`]: "1\n" });
        for (const way of ways) assert.ok(tries(place, way).ok, `${name}: ${way.join(" ")}`);
        const { ok, said } = tries(place, ["push", "origin", name]);
        assert.deepEqual([ok, /File: +a\.js/.test(said)], [false, true], said);
      }
      git("push", "--quiet", "--no-verify", "origin", "main:gone");
      assert.ok(!tries(place, ["push", "origin", ":gone", "picked"]).ok, "a deletion beside it");
      assert.ok(!tries(place, ["push", "--force", "origin", "picked:main"]).ok, "by force");
    }),
  );
});

describe("on a server", () => {
  const serve = async (place: Workplace) => {
    withRemote(place);
    place.git("-C", "remote.git", "config", "receive.advertisePushOptions", "true");
    const program = { PROGRAM: `${process.cwd()}/dist/patrol.cjs` };
    const install = 'alias.install=!node "$PROGRAM" hook install';
    const { ok, said } = tries(place, ["-C", "remote.git", "-c", install, "install"], program);
    assert.ok(ok, said);
    assert.match(said, /pre-receive written/);
  };

  test(
    "a push with a secret is refused as a whole, with what to do; its own configuration and comments do not count",
    inWorkplace(async (place) => {
      const { git, commit } = place;
      await serve(place);
      commit("Guilty", {
        "a.js": `const a = "${crcToken(37)}"; // patrol:allow\n`,
        ".gitleaks.toml": "[extend]\nuseDefault = true\n[allowlist]\npaths = ['''.*''']\n",
        ".gitleaksignore": "a.js:npm-access-token:1\n",
      });
      const refused = tries(place, ["push", "origin", "main"]);
      assert.ok(!refused.ok);
      assert.match(refused.said, /remote: File: +a\.js/);
      assert.match(refused.said, /Take it out of every commit/);
      assert.match(refused.said, /git push -o patrol\.bypass="why"/);
      git("tag", "--annotate", "--message", "Peeled", "v1");
      assert.ok(!tries(place, ["push", "origin", "v1"]).ok, "a tag leads to the same commit");
      assert.match(tries(place, ["push", "-o", "patrol.bypass=1", "origin", "main"]).said, /needs a reason in words/);
      assert.ok(tries(place, ["push", "-o", "patrol.bypass=made up for a talk", "origin", "main"]).ok);
      const note = git("-C", "remote.git", "notes", "--ref=patrol-bypass", "show", "main");
      assert.match(note, /^Patrol-Bypass: made up for a talk$/m);
      assert.ok(tries(place, ["push", "origin", "v1"]).ok, "by now it is known");
      git("reset", "--quiet", "--hard", "HEAD^");
      assert.ok(tries(place, ["push", "--force", "origin", "main"]).ok);
      assert.ok(tries(place, ["push", "origin", "--delete", "v1"]).ok);
    }),
  );

  test(
    "a push that cannot be scanned in time is refused",
    inWorkplace(async (place) => {
      await serve(place);
      const hook = `${place.folder}/remote.git/hooks/pre-receive`;
      const { readFileSync, writeFileSync } = await import("node:fs");
      writeFileSync(
        hook,
        readFileSync(hook, "utf8").replace('patrol_hook pre-receive "$@"', "patrol_hook pre-receive --timeout 0"),
      );
      place.commit("Fine", { "b.js": "1\n" });
      const { ok, said } = tries(place, ["push", "origin", "main"]);
      assert.ok(!ok);
      assert.match(said, /could not be scanned within 0 seconds/);
    }),
  );
});
