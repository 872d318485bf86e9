// Flags beside --staged, --pre-commit and protect, and behind the hooks: each one means something or is said to mean nothing.
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { Row } from "../../../src/report/row.ts";
import { inWorkplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";
import { zip } from "../../support/zip.ts";

const line = `const key = "${crcToken(81)}";\n`;
const WAYS = [["git", "--staged"], ["git", "--pre-commit"], ["protect"]];
const JSON_OUT = ["-f", "json", "-r", "-"];
const files = (stdout: string) => (JSON.parse(stdout) as Row[]).map(({ File }) => File);

describe("flags that are for histories", () => {
  test(
    "are refused with the way out, but for those that gitleaks takes: of these it is said that they change nothing",
    inWorkplace(async ({ git, write, patrol }) => {
      git("init", "--quiet");
      write({ "a.js": "fine\n" });
      git("add", ".");
      for (const way of WAYS) {
        const taken = await patrol([...way, "--log-opts=-1"]);
        assert.deepEqual([taken.status, way], [0, way], taken.stderr);
        assert.match(taken.stderr, /note: --log-opts chooses commits of a history, and was left out/);
      }
      assert.doesNotMatch((await patrol(["git", "--staged", "--log-opts="])).stderr, /note:/, "its default");
      const linked = await patrol(["git", "--staged", "--platform", "github", "--max-archive-depth=0"]);
      assert.equal(linked.status, 0);
      assert.match(linked.stderr, /note: --platform .*left out/);
      for (const flag of ["--since-commit=HEAD", "--cache", "--allow-empty", "--allow-shallow"]) {
        const { status, stderr } = await patrol(["git", "--staged", flag]);
        assert.equal(status, 2, flag);
        assert.ok(stderr.startsWith(`patrol: ${flag.split("=")[0]} is for histories`), stderr);
        assert.match(stderr, /leave out --staged/);
      }
      assert.match((await patrol(["git", "--pre-commit", "--cache"])).stderr, /leave out --pre-commit/);
    }),
  );
});

describe("archives and large files", () => {
  test(
    "that are staged are opened and left out as asked, and what stood in an archive before is not told again",
    inWorkplace(async ({ git, commit, write, patrol }) => {
      git("init", "--quiet");
      write({ "lib.zip": zip({ "in/a.js": line }), "big.js": `${"x".repeat(1_100_000)}\n${line}` });
      git("add", ".");
      for (const way of [...WAYS, ["hook", "run", "pre-commit"]]) {
        const limits = ["--max-archive-depth", "1", "--max-target-megabytes", "1"];
        const { status, stdout, stderr } = await patrol([...way, ...limits, ...JSON_OUT]);
        assert.deepEqual([status, files(stdout)], [1, ["lib.zip!in/a.js"]], stderr);
        assert.match(stderr, /big\.js was left out: .*--max-target-megabytes/);
      }
      commit("Unseen");
      write({ "lib.zip": zip({ "in/a.js": line, "in/b.js": line.replace(crcToken(81), crcToken(82)) }) });
      git("add", ".");
      const { stdout } = await patrol(["git", "--staged", "--max-archive-depth", "1", ...JSON_OUT]);
      assert.deepEqual(files(stdout), ["lib.zip!in/b.js"]);
      write({ "broken.zip": Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 1, 2, 3]) });
      const shut = await patrol(["git", "--pre-commit", "-v"]);
      assert.equal(shut.status, 0, shut.stderr);
      git("add", ".");
      assert.equal((await patrol(["git", "--staged", "--max-archive-depth", "1"])).status, 2, "cannot be opened");
    }),
  );

  test(
    "that are pushed are opened and left out as asked, by both hooks",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet", "--initial-branch=main");
      git("commit", "--quiet", "--allow-empty", "--message", "First");
      const old = git("rev-parse", "HEAD");
      const lib = zip({ "in/a.js": line });
      const id = commit("Bring a library", { "lib.zip": lib, "big.js": `${"x".repeat(1_100_000)}\n${line}` });
      const limits = ["--max-archive-depth", "1", "--max-target-megabytes", "1"];
      git("update-ref", "refs/remotes/origin/main", old);
      git("remote", "add", "origin", "https://git.example.org/a");
      const push = `refs/heads/main ${id} refs/heads/main ${old}\n`;
      const ran = await patrol(["hook", "run", "pre-push", "origin", ...limits, ...JSON_OUT], { input: push });
      assert.deepEqual([ran.status, files(ran.stdout)], [1, ["lib.zip!in/a.js"]], ran.stderr);
      assert.match(ran.stderr, /big\.js was left out: .*--max-target-megabytes/);
      git("update-ref", "-d", "refs/heads/main");
      git("update-ref", "--no-deref", "HEAD", old);
      const received = `${old} ${id} refs/heads/main\n`;
      const server = await patrol(["hook", "run", "pre-receive", ...limits, ...JSON_OUT], { input: received });
      assert.deepEqual([server.status, files(server.stdout)], [1, ["lib.zip!in/a.js"]], server.stderr);
    }),
  );
});
