import assert from "node:assert/strict";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(23);
const line = `const key = "${token}";\n`;
const HEAVY = ["--max-archive-depth", "2", "--max-target-megabytes", "1", "--receipt", "receipt.json"];
const WAYS: readonly (readonly string[])[] = [[], ["--log-opts=--since=2000-01-01"], HEAVY, ["--staged"]];

/** A repository whose configuration names a program wherever git takes one; `ran` tells what was run. */
function armed({ folder, write, git }: Workplace): { readonly ran: () => string } {
  git("init", "--quiet", "hostile");
  const trace = join(folder, "ran.txt");
  const program = join(folder, "program.sh");
  write({ "program.sh": `#!/bin/sh\necho "$0 $*" >> '${trace}'\nexit 1\n` });
  chmodSync(program, 0o755);
  const inside = (...args: string[]) => git("-C", "hostile", ...args);
  write({ "hostile/a.js": line, "hostile/b.zip": "PK", "hostile/.gitattributes": "* filter=x diff=x merge=x\n" });
  inside("add", "--all");
  inside("commit", "--quiet", "--message", "One");
  write({ "hostile/c.js": line });
  inside("add", "--all");
  // This index is left to git, and with the second part in it git asks the program whenever it reads it.
  inside("update-index", "--split-index", "--fsmonitor");
  for (const name of [
    ...["core.fsmonitor", "core.pager", "core.editor", "core.sshCommand", "core.askPass", "core.gitProxy"],
    ...["core.alternateRefsCommand", "diff.external", "diff.x.textconv", "diff.x.command", "credential.helper"],
    ...["filter.x.clean", "filter.x.smudge", "filter.x.process", "merge.x.driver", "gpg.program", "gpg.ssh.program"],
  ])
    inside("config", name, program);
  mkdirSync(join(folder, "hostile/.git/run"));
  for (const hook of ["reference-transaction", "post-index-change", "pre-auto-gc", "post-checkout"])
    cpSync(program, join(folder, "hostile/.git/run", hook));
  inside("config", "core.hooksPath", ".git/run");
  assert.equal(existsSync(trace), false);
  return { ran: () => (existsSync(trace) ? readFileSync(trace, "utf8") : "") };
}

describe("a repository that nobody trusts yet", () => {
  test(
    "runs none of the programs that its configuration names",
    inWorkplace(async (place) => {
      const { ran } = armed(place);
      for (const way of WAYS) {
        assert.equal((await place.patrol(["git", "hostile", ...way])).status, 1, way.join(" "));
        assert.equal(ran(), "", way.join(" "));
      }
      assert.equal((await place.patrol(["dir", "hostile", "--respect-gitignore"])).status, 1);
      assert.equal(ran(), "");
    }),
  );

  test(
    "is asked for nothing that it lacks: neither its remote nor the command that reaches it",
    inWorkplace(async (place) => {
      const { folder, git, write, patrol } = place;
      const { ran } = armed(place);
      git("clone", "--quiet", "--bare", "hostile", "server");
      git("-C", "server", "config", "uploadpack.allowFilter", "true");
      const options = ["--no-checkout", "--filter=blob:none", "--quiet", "--depth=1"];
      git("clone", ...options, `file://${folder}/server`, "partial");
      const inside = (...args: string[]) => git("-C", "partial", ...args);
      inside("config", "protocol.allow", "always");
      inside("config", "protocol.ext.allow", "always");
      inside("config", "remote.origin.url", `ext::${folder}/program.sh %S`);
      inside("read-tree", "HEAD");
      write({ "partial/more.js": line });
      for (const way of WAYS) {
        const { status, stderr } = await patrol(["git", "partial", ...way]);
        assert.equal(status, 2, `${way.join(" ")}: ${stderr}`);
        assert.equal(ran(), "", way.join(" "));
      }
    }),
  );

  test(
    "is the one that is scanned, whatever its configuration or the environment say of another one",
    inWorkplace(async ({ folder, git, write, patrol }) => {
      for (const [name, text] of Object.entries({ leaking: line, clean: "x\n" })) {
        git("init", "--quiet", name);
        write({ [`${name}/a.js`]: text });
        git("-C", name, "add", ".");
        git("-C", name, "commit", "--quiet", "--message", "One");
      }
      const elsewhere = { GIT_DIR: join(folder, "clean/.git"), GIT_WORK_TREE: join(folder, "clean") };
      const stores = { ...elsewhere, GIT_OBJECT_DIRECTORY: join(folder, "clean/.git/objects") };
      for (const way of WAYS) assert.equal((await patrol(["git", "leaking", ...way], { env: stores })).status, 1);
      // Where git runs us, it says which repository is meant.
      assert.equal((await patrol(["git"], { env: elsewhere })).status, 0);
      git("-C", "leaking", "config", "core.worktree", join(folder, "clean"));
      for (const way of WAYS) assert.equal((await patrol(["git", "leaking", ...way])).status, 1, way.join(" "));
    }),
  );

  test(
    "is read though it is another person's, as in a container",
    inWorkplace(async ({ folder, git, commit, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line, "sub/b.js": "x\n" });
      const give = (path: string): void => {
        chownSync(path, 65534, 65534);
        if (statSync(path).isDirectory()) readdirSync(path).forEach((name) => give(join(path, name)));
      };
      if (process.getuid?.() === 0) give(folder);
      for (const way of WAYS.filter((way) => way !== HEAVY)) {
        const { status, stdout } = await patrol(["git", "sub", ...way, "-f", "json", "-r", "-"]);
        assert.equal(status, 1, way.join(" "));
        assert.deepEqual(
          (JSON.parse(stdout) as Row[]).map(({ File, StartLine }) => [File, StartLine]),
          [["a.js", 1]],
        );
      }
    }),
  );
});

describe("paths of --log-opts", () => {
  test(
    "are meant from where the scan is called, and a pattern is refused",
    inWorkplace(async ({ folder, git, commit, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line, "[id].js": line, "sub/b.js": "x\n" });
      const found = async (repository: string, path: string) =>
        (await patrol(["git", repository, `--log-opts=--all -- ${path}`])).status;
      assert.equal(await found("sub", "../a.js"), 1);
      assert.equal(await found("sub", "../sub/../a.js"), 1);
      assert.equal(await found("sub", `${folder}/a.js`), 1);
      assert.equal(await found("sub", ".."), 1);
      assert.equal(await found("sub", "."), 0);
      assert.equal(await found(".", "."), 1);
      assert.equal(await found(".", "./sub/"), 0);
      assert.equal(await found(".", "[id].js"), 1);
      for (const pattern of ["*.js", ":/a.js", ":!sub", "[ab].js", "../.."]) assert.equal(await found(".", pattern), 2);
    }),
  );
});
