import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(11);
const line = `const key = "${token}";\n`;
const rows = (text: string) => JSON.parse(text) as Row[];
const JSON_OUT = ["-f", "json", "-r", "-"];

describe("the history", () => {
  test(
    "a secret is told with the commit that brought it, though it was deleted since and lines moved",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      commit("First", { "a.txt": "one\n" });
      const guilty = commit("Add a key", { "src/a.js": `\n${line}` });
      commit("Move it", { "src/a.js": `\n\n// more\n${line}` });
      git("rm", "--quiet", "src/a.js");
      commit("Remove it");
      const { status, stdout, stderr } = await patrol(["git", ...JSON_OUT]);
      assert.equal(status, 1);
      const [row, ...more] = rows(stdout);
      assert.equal(more.length, 0);
      assert.deepEqual(
        [row?.Commit, row?.File, row?.StartLine, row?.Author, row?.Email, row?.Date, row?.Message],
        [guilty, "src/a.js", 2, "Ada", "ada@example.org", "2026-01-31T12:00:00Z", "Add a key"],
      );
      assert.equal(row?.Fingerprint, `${guilty}:src/a.js:npm-access-token:2`);
      assert.ok(!stdout.includes(token));
      assert.match(stderr, /4 commits scanned/);
    }),
  );

  test(
    "a secret is told again where no comment allows it any more, by the whole history, a part of it and a second scan",
    inWorkplace(async ({ git, commit, patrol }) => {
      const found = async (...args: string[]) =>
        rows((await patrol(["git", ...args, ...JSON_OUT])).stdout).map((row) => `${row.Commit} ${row.File}`);
      git("init", "--quiet");
      const allowed = `${line.trimEnd()} // patrol:allow\n`;
      commit("Allowed", { "a.js": allowed, "b.js": `// patrol:allow-next-line\n${line}`, "c.js": allowed });
      assert.deepEqual(await found("--cache"), []);
      const freed = commit("Not any more", {
        "a.js": line,
        "b.js": `// Below.\n${line}`,
        "c.js": `// Moved.\n${allowed}`,
      });
      const wanted = [`${freed} a.js`, `${freed} b.js`];
      assert.deepEqual(await found("--cache"), wanted);
      commit("Moved", { "a.js": `\n${line}` });
      assert.deepEqual(await found("--cache"), wanted);
      assert.deepEqual(await found(), wanted);
      assert.deepEqual(await found("--log-opts=HEAD~2..HEAD"), wanted);
      assert.deepEqual(await found("--log-opts=-1"), []);
      assert.equal((await found("--ignore-gitleaks-allow")).length, 3);
    }),
  );

  test(
    "--threads is a number that changes nothing of what is told, and is named when it is none",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      for (let i = 0; i < 9; i++)
        commit(`Commit ${i}`, { [`f${i % 3}.js`]: `const key${i} = "${crcToken(100 + i)}";\n` });
      git("repack", "-adq");
      const run = (threads: string) => patrol(["git", "--threads", threads, ...JSON_OUT]);
      const [one, many] = [await run("1"), await run("3")];
      assert.equal(rows(one.stdout).length, 9);
      assert.equal(many.stdout, one.stdout);
      const { status, stderr } = await run("two");
      assert.equal(status, 2);
      assert.match(stderr, /--threads/);
    }),
  );

  test(
    "what only a merge holds is found, which git log -p does not show",
    inWorkplace(async ({ git, commit, write, patrol }) => {
      git("init", "--quiet", "--initial-branch=main");
      commit("Base", { "a.txt": "base\n" });
      git("checkout", "--quiet", "-b", "side");
      commit("Side", { "a.txt": "side\n" });
      git("checkout", "--quiet", "main");
      commit("Main", { "a.txt": "main\n" });
      assert.throws(() => git("merge", "side"));
      write({ "a.txt": `both\n${line}` });
      const merge = commit("Merge");
      assert.ok(!git("log", "-p", "-U0", "--full-history", "--all", "--diff-filter=tuxdb").includes(token));
      const { status, stdout } = await patrol(["git", ...JSON_OUT]);
      assert.deepEqual([status, rows(stdout)[0]?.Commit], [1, merge]);
    }),
  );

  test(
    "a secret in a commit message is found",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      commit(`Use ${token} for now`, { "a.txt": "x\n" });
      const { status, stdout, stderr } = await patrol(["git", "-v"]);
      assert.equal(status, 1);
      assert.match(stdout, /^File: +\(commit message\)$/m);
      assert.ok(!`${stdout}${stderr}`.includes(token));
    }),
  );

  test(
    "a worktree's history is not empty, nor that of a bare repository",
    inWorkplace(async ({ folder, git, patrol }) => {
      git("init", "--quiet", "main");
      mkdirSync(join(folder, "main"), { recursive: true });
      writeFileSync(join(folder, "main/a.js"), line);
      git("-C", "main", "add", ".");
      git("-C", "main", "commit", "--quiet", "--message", "Add");
      git("-C", "main", "worktree", "add", "--quiet", "../tree");
      git("clone", "--quiet", "--bare", "main", "bare.git");
      for (const place of ["main", "tree", "bare.git"]) assert.equal((await patrol(["git", place])).status, 1, place);
      assert.equal((await patrol(["detect", "-s", "main"])).status, 1);
    }),
  );

  test(
    "a folder that is no repository, and one without a commit, are no clean result",
    inWorkplace(async ({ git, patrol }) => {
      assert.equal((await patrol(["git"])).status, 2);
      git("init", "--quiet");
      const { status, stderr } = await patrol(["git"]);
      assert.equal(status, 2);
      assert.match(stderr, /holds no commit/);
    }),
  );
});

describe("which commits", () => {
  test(
    "--log-opts takes ranges, limits and paths in git's words",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      const first = commit("One", { "a.js": line });
      commit("Two", { "lib/b.js": `x("${crcToken(12)}")\n` });
      commit("Three", { "c.txt": "x\n" });
      const found = async (options: string) => {
        const { stdout, status } = await patrol(["git", `--log-opts=${options}`, ...JSON_OUT]);
        return [status, rows(stdout).map(({ File }) => File)];
      };
      assert.deepEqual(await found("--all"), [1, ["a.js", "lib/b.js"]]);
      assert.deepEqual(await found(`${first}..HEAD`), [1, ["lib/b.js"]]);
      assert.deepEqual(await found("-n 1"), [0, []]);
      assert.deepEqual(await found("-n2"), [1, ["lib/b.js"]]);
      assert.deepEqual(await found(`--left-right --cherry-pick --right-only ${first}...HEAD`), [1, ["lib/b.js"]]);
      assert.deepEqual(await found(`--no-walk ${first}`), [1, ["a.js"]]);
      assert.deepEqual(await found("--max-count=2 HEAD"), [1, ["lib/b.js"]]);
      assert.deepEqual(await found("HEAD -- lib"), [1, ["lib/b.js"]]);
      assert.deepEqual(await found("-p -U0 --full-history HEAD~2"), [1, ["a.js"]]);
    }),
  );

  test(
    "a folder of a work tree stands for its repository, and paths are meant from there",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line, "lib/deep/b.js": `x("${crcToken(13)}")\n` });
      const found = async (...args: string[]) =>
        rows((await patrol(["git", "lib", ...JSON_OUT, ...args])).stdout).map(({ File }) => File);
      assert.deepEqual(await found(), ["a.js", "lib/deep/b.js"]);
      assert.deepEqual(await found("--log-opts=HEAD -- deep"), ["lib/deep/b.js"]);
    }),
  );

  test(
    "an empty range is no clean result unless that is allowed",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line });
      const { status, stderr } = await patrol(["git", "--log-opts=HEAD..HEAD"]);
      assert.equal(status, 2);
      assert.equal((await patrol(["git", "--log-opts=HEAD..HEAD", "--allow-empty"])).status, 0);
      assert.match(stderr, /no commit is in --log-opts HEAD\.\.HEAD: nothing was scanned/);
    }),
  );

  test(
    "options that write files or run programs are refused, and so are unknown commits",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line });
      for (const options of ["--output=x", "--ext-diff", "nowhere..HEAD"]) {
        const { status, stderr } = await patrol(["git", `--log-opts=${options}`]);
        assert.equal(status, 2);
        assert.match(stderr, /--log-opts/);
      }
    }),
  );
});

describe("what is left out, and links", () => {
  test(
    "ignore files name a commit or none; a baseline knows its findings",
    inWorkplace(async ({ git, commit, write, patrol }) => {
      git("init", "--quiet");
      const id = commit("One", { "a.js": line });
      await patrol(["git", "-r", "known.json"]);
      assert.equal((await patrol(["git", "-b", "known.json"])).status, 0);
      for (const entry of [`${id}:a.js:npm-access-token:1`, "a.js:npm-access-token:1"]) {
        write({ ".gitleaksignore": `${entry}\n` });
        assert.equal((await patrol(["git"])).status, 0, entry);
      }
      write({ ".gitleaksignore": `${"0".repeat(40)}:a.js:npm-access-token:1\n` });
      assert.equal((await patrol(["git"])).status, 1);
    }),
  );

  test(
    "a link leads to the place at its host, without the remote's password",
    inWorkplace(async ({ write, git, commit, patrol }) => {
      git("init", "--quiet");
      git("remote", "add", "origin", "https://ada:word@github.com/acme/web.git");
      const id = commit("One", { "src/a b.js": line });
      const link = async (...args: string[]) => rows((await patrol(["git", ...JSON_OUT, ...args])).stdout)[0]?.Link;
      assert.equal(await link(), `https://github.com/acme/web/blob/${id}/src/a%20b.js#L1`);
      assert.equal(await link("--platform", "gitlab"), `https://github.com/acme/web/blob/${id}/src/a%20b.js#L1`);
      assert.equal(await link("--platform", "none"), undefined);
      write({ elsewhere: '[remote "origin"]\nurl = https://github.com/acme/other\n' });
      git("config", "include.path", "../elsewhere");
      assert.match(String(await link()), /^https:\/\/github\.com\/acme\/other\//);
    }),
  );
});

test(
  "--since-commit scans what came after a commit, and names one that is not there",
  inWorkplace(async ({ git, commit, patrol }) => {
    const json = ["-f", "json", "-r", "-"];
    git("init", "--quiet", "--initial-branch=main");
    const first = commit("One", { "a.js": `"${crcToken(81)}"\n` });
    const second = commit("Two", { "b.js": `"${crcToken(82)}"\n` });
    git("checkout", "--quiet", "-b", "other", first);
    commit("Elsewhere", { "c.js": `"${crcToken(83)}"\n` });
    const files = (text: string) => (JSON.parse(text) as Row[]).map(({ File }) => File);
    git("checkout", "--quiet", "main");
    assert.deepEqual(files((await patrol(["git", "--since-commit", first, ...json])).stdout), ["b.js"]);
    const both = await patrol(["git", "--since-commit=HEAD~1", "--log-opts=--all", ...json]);
    assert.deepEqual(files(both.stdout), ["b.js", "c.js"]);
    const apart = await patrol([
      "git",
      "--since-commit=other",
      "--log-opts=other --not main",
      "--allow-empty",
      ...json,
    ]);
    assert.deepEqual([apart.status, files(apart.stdout)], [0, []], "a --not is not meant for it");
    const none = await patrol(["git", "--since-commit", second]);
    assert.equal(none.status, 2);
    assert.match(none.stderr, /no commit is in --since-commit [0-9a-f]{40}: nothing was scanned; --allow-empty/);
    for (const wrong of ["nowhere", "--all", "main..other", ""]) {
      const { status, stderr } = await patrol(["git", `--since-commit=${wrong}`]);
      assert.deepEqual([status, /no commit of this repository|wants/.test(stderr)], [2, true], stderr);
    }
  }),
);
