import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { parse } from "yaml";
import { builtProgram, line, runs, tries } from "../../support/hooks.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";

beforeAll(builtProgram);

function script({ folder }: Workplace, path: string, text: string, mode = 0o755): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
  chmodSync(join(folder, path), mode);
}

const read = ({ folder }: Workplace, path: string) => readFileSync(join(folder, path), "utf8");

describe("plain git", () => {
  test(
    "the hook that was there still runs and may refuse; uninstalling puts it back byte for byte",
    inWorkplace(async (place) => {
      const { git, write, folder, patrol } = place;
      git("init", "--quiet", "odd 'name\" $HOME");
      const inner = "odd 'name\" $HOME";
      const hook = `${inner}/.git/hooks/pre-commit`;
      const old = `#!/bin/sh\necho "old hook $#"\n[ ! -e refuse ]`;
      script(place, hook, old, 0o751);
      const patrolIn = async (...args: string[]) =>
        tries(place, ["-C", inner, "-c", `alias.p=!node "$PROGRAM" ${args.join(" ")}`, "p"], {
          PROGRAM: join(process.cwd(), "dist/patrol.cjs"),
        });
      assert.match((await patrolIn("hook", "install")).said, /the hook that was there runs too/);
      const installed = read(place, hook);
      assert.match((await patrolIn("hook", "install")).said, /is there already/);
      assert.equal(read(place, hook), installed);
      write({ [`${inner}/a.js`]: "1\n" });
      git("-C", inner, "add", ".");
      assert.match(tries(place, ["-C", inner, "commit", "-m", "A"]).said, /old hook 0/);
      write({ [`${inner}/b.js`]: line });
      git("-C", inner, "add", "b.js");
      assert.ok(!tries(place, ["-C", inner, "commit", "-m", "B"]).ok);
      write({ [`${inner}/b.js`]: "clean\n", [`${inner}/refuse`]: "" });
      git("-C", inner, "add", "b.js");
      assert.ok(!tries(place, ["-C", inner, "commit", "-m", "B"]).ok, "the old hook refuses");
      await patrolIn("hook", "uninstall");
      assert.deepEqual([read(place, hook), statSync(join(folder, hook)).mode & 0o777], [old, 0o751]);
      assert.ok(!existsSync(join(folder, `${inner}/.git/hooks/pre-push`)));
      assert.match((await patrolIn("hook", "uninstall")).said, /no hook of Patrol's/);
      assert.equal((await patrol(["hook", "install"])).status, 2, "outside of a repository");
    }),
  );

  test(
    "a program in a folder with whatever name is called by that name",
    inWorkplace((place) => {
      const { git, write, folder } = place;
      const own = join(folder, 'it\'s "$HERE"');
      const isNeeded = (path: string) => !/\.map$|standalone|service|embedded/.test(relative("dist", path));
      cpSync("dist", join(own, "dist"), { recursive: true, filter: isNeeded });
      cpSync("package.json", join(own, "package.json"));
      symlinkSync(resolve("node_modules"), join(own, "node_modules"));
      git("init", "--quiet");
      runs(place, process.execPath, [join(own, "dist/patrol.cjs"), "hook", "install", "--type", "pre-commit"]);
      write({ "a.js": line });
      git("add", "a.js");
      assert.match(tries(place, ["commit", "-m", "A"]).said, /File: +a\.js[^]*This commit was stopped/);
      git("rm", "--quiet", "--cached", "a.js");
      assert.ok(tries(place, ["commit", "--allow-empty", "-m", "A"]).ok);
      return Promise.resolve();
    }),
  );

  test(
    "a Node.js that does not know the flag which the hook starts it with is started without it",
    inWorkplace(async (place) => {
      const { git, write, patrol } = place;
      git("init", "--quiet");
      await patrol(["hook", "install", "--type", "pre-commit"]);
      const older = `#!/bin/sh\ncase "$1" in --*) exit 9;; esac\nexec '${process.execPath}' "$@"\n`;
      script(place, ".older/node", older);
      const hook = ".git/hooks/pre-commit";
      script(place, hook, read(place, hook).replace(/^node=.*$/m, `node='${join(place.folder, ".older/node")}'`));
      write({ "a.js": "1\n" });
      git("add", "a.js");
      assert.match(tries(place, ["commit", "-m", "A"]).said, /1 file staged scanned/);
      write({ "b.js": line });
      git("add", "b.js");
      assert.match(tries(place, ["commit", "-m", "B"]).said, /This commit was stopped/);
    }),
  );

  test(
    "rules and ignore files of the repository's own, staged or not, count from the next commit on",
    inWorkplace(async (place) => {
      const { git, write, patrol } = place;
      git("init", "--quiet");
      await patrol(["hook", "install", "--type", "pre-commit"]);
      const commits = (path: string, content: string) => {
        write({ [path]: content });
        git("add", path);
        return tries(place, ["commit", "-m", path]);
      };
      assert.ok(commits("a.txt", "word-1234\n").ok);
      write({ ".gitleaks.toml": `[[rules]]\nid = "word"\nregex = 'word-[0-9]{4}'\n` });
      const refused = commits("b.txt", "word-1235\n");
      assert.ok(!refused.ok);
      assert.match(refused.said, /rules and allowlists are those of/);
      git("add", ".gitleaks.toml");
      rmSync(join(place.folder, ".gitleaks.toml"));
      assert.ok(!tries(place, ["commit", "-m", "B"]).ok, "staged, and gone from the work tree");
      git("rm", "--quiet", "--cached", ".gitleaks.toml");
      write({ ".gitleaksignore": "neither one nor the other\n" });
      assert.match(tries(place, ["commit", "-m", "B"]).said, /neither a fingerprint nor a digest/);
    }),
  );

  test(
    "at a push both hooks read what git says",
    inWorkplace(async (place) => {
      const { git, commit, patrol } = place;
      git("init", "--quiet", "--initial-branch=main");
      git("init", "--quiet", "--bare", "remote.git");
      git("remote", "add", "origin", "./remote.git");
      script(place, ".git/hooks/pre-push", `#!/bin/sh\necho "$1"; while read -r line; do echo "got $line"; done\n`);
      await patrol(["hook", "install", "--type", "pre-push"]);
      commit("Fine", { ".gitignore": "remote.git\n", "a.js": "1\n" });
      assert.match(tries(place, ["push", "origin", "main"]).said, /origin\ngot refs\/heads\/main [0-9a-f]{40} /);
    }),
  );

  test(
    "--global serves every repository, whose own hooks still run, and can be taken back",
    inWorkplace(async (place) => {
      const { git, folder, write, patrol } = place;
      assert.equal((await patrol(["hook", "install", "--global"])).status, 0);
      git("init", "--quiet");
      script(place, ".git/hooks/commit-msg", "#!/bin/sh\necho own commit-msg\n");
      script(place, ".git/hooks/pre-commit", "#!/bin/sh\necho own pre-commit\n");
      write({ "a.js": "1\n" });
      git("add", "a.js");
      const { ok, said } = tries(place, ["commit", "-m", "A"]);
      assert.ok(ok, said);
      assert.match(said, /own pre-commit[^]*own commit-msg/);
      write({ "b.js": line });
      git("add", "b.js");
      assert.ok(!tries(place, ["commit", "-m", "B"]).ok);
      const refused = await patrol(["hook", "install"]);
      assert.deepEqual([refused.status, /install --global/.test(refused.stderr)], [2, true]);
      assert.equal((await patrol(["hook", "uninstall", "--global"])).status, 0);
      assert.ok(!existsSync(join(folder, ".config/patrol/hooks")));
      assert.ok(tries(place, ["commit", "-m", "B"]).ok);
    }),
  );
});

describe("tools that look after hooks", () => {
  test(
    "husky: the project's hook is kept and both run",
    inWorkplace(async (place) => {
      const { git, write, patrol } = place;
      git("init", "--quiet");
      // As husky lays it out: git runs a stub in .husky/_, which runs the project's file by sh -e.
      script(place, ".husky/_/pre-commit", `#!/bin/sh\nexec sh -e "$(dirname "$0")/../pre-commit" "$@"\n`);
      git("config", "core.hooksPath", ".husky/_");
      script(place, ".husky/pre-commit", "echo from husky\n", 0o644);
      assert.equal((await patrol(["hook", "doctor", "--type", "pre-commit"])).status, 1);
      const { stdout } = await patrol(["hook", "install", "--type", "pre-commit"]);
      assert.match(stdout, /part of the project: commit it/);
      assert.ok(!read(place, ".husky/pre-commit").includes(process.cwd()), "nothing of this machine is committed");
      const bin = join(place.folder, "bin");
      script(place, "bin/patrol", `#!/bin/sh\nexec node '${process.cwd()}/dist/patrol.cjs' "$@"\n`);
      write({ "a.js": line });
      git("add", "a.js");
      const env = { PATH: `${bin}:${process.env["PATH"]}` };
      const { ok, said } = tries(place, ["commit", "-m", "A"], env);
      assert.ok(!ok);
      assert.match(said, /from husky[^]*File: +a\.js/);
      assert.equal((await patrol(["hook", "doctor", "--type", "pre-commit"], { env })).status, 0);
      const alone = await patrol(["hook", "doctor", "--type", "pre-commit"], { env: { PATH: "/usr/bin:/bin" } });
      assert.equal(alone.status, 1);
      assert.match(alone.stdout, /calls the `patrol` in the PATH or in node_modules, and there is none/);
      // npx would ask the registry, and take a package of this name that it once kept.
      script(place, "other/npx", `#!/bin/sh\necho npx was asked\n`);
      const without = { PATH: `${join(place.folder, "other")}:${dirname(process.execPath)}:/usr/bin:/bin` };
      const refused = tries(place, ["commit", "-m", "A"], without);
      assert.ok(!refused.ok);
      assert.match(refused.said, /neither in the PATH nor in node_modules; nothing was scanned/);
      assert.doesNotMatch(refused.said, /npx/);
      script(place, "node_modules/.bin/patrol", read(place, "bin/patrol"));
      assert.match(tries(place, ["commit", "-m", "A"], without).said, /File: +a\.js/);
      await patrol(["hook", "uninstall"]);
      assert.equal(read(place, ".husky/pre-commit"), "echo from husky\n");
    }),
  );

  test(
    "lefthook: a command is added to its configuration, whose comments stay",
    inWorkplace(async (place) => {
      const { git, write, patrol } = place;
      git("init", "--quiet");
      const before = "# ours\npre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: npm run lint\n";
      write({ "lefthook.yml": before });
      assert.equal((await patrol(["hook", "install"])).status, 0);
      const after = read(place, "lefthook.yml");
      assert.deepEqual(parse(after), {
        "pre-commit": {
          parallel: true,
          commands: { patrol: { run: "patrol hook run pre-commit {0}" }, lint: { run: "npm run lint" } },
        },
        "pre-push": { commands: { patrol: { run: "patrol hook run pre-push {0}", use_stdin: true } } },
      });
      await patrol(["hook", "install"]);
      assert.equal(read(place, "lefthook.yml"), after);
      assert.match((await patrol(["hook", "doctor"])).stdout, /is not lefthook's: run `lefthook install`/);
      await patrol(["hook", "uninstall"]);
      assert.equal(read(place, "lefthook.yml"), before);
      write({ "lefthook.yml": "pre-commit:\n  jobs:\n    - run: npm test\n" });
      const { status, stderr } = await patrol(["hook", "install"]);
      assert.deepEqual([status, /add a command by hand/.test(stderr)], [2, true]);
    }),
  );

  test(
    "the pre-commit framework finds our hooks in the form that it wants",
    inWorkplace(async (place) => {
      const hooks = parse(readFileSync(".pre-commit-hooks.yaml", "utf8")) as Record<string, unknown>[];
      assert.deepEqual(
        hooks.map(({ id }) => id),
        ["patrol", "patrol-docker", "patrol-system", "patrol-push"],
      );
      for (const hook of hooks) assert.equal(hook["pass_filenames"], false);
      const { git, write, patrol } = place;
      git("init", "--quiet");
      script(place, ".git/hooks/pre-commit", "#!/bin/sh\n# https://pre-commit.com\n");
      write({ ".pre-commit-config.yaml": "repos: []\n", ".gitignore": "*.yaml\n" });
      const { stdout } = await patrol(["hook", "doctor", "--type", "pre-commit"]);
      assert.match(stdout, /framework's, and its configuration does not name Patrol/);
      // It keeps standard input to itself.
      place.commit("Guilty", { "a.js": line });
      const env = { PRE_COMMIT_REMOTE_NAME: "origin", PRE_COMMIT_LOCAL_BRANCH: "HEAD" };
      assert.equal((await patrol(["hook", "run", "pre-push"], { env })).status, 1);
      assert.match((await patrol(["hook", "run", "pre-push"])).stderr, /nothing to push, so nothing was scanned/);
    }),
  );
});

describe("the doctor", () => {
  test(
    "finds hooks that are missing, not executable, shadowed, written over, without their program, or switched off",
    inWorkplace(async (place) => {
      const { git, folder, patrol } = place;
      git("init", "--quiet");
      const doctor = async (env: Record<string, string> = {}) => {
        const { status, stdout } = await patrol(["hook", "doctor", "-t", "pre-commit"], { env });
        assert.match(stdout, /--no-verify leave hooks out and no tool can see it/);
        return `${status} ${stdout}`;
      };
      assert.match(await doctor(), /^1 bad {3}there is no pre-commit hook/);
      await patrol(["hook", "install"]);
      assert.match(await doctor(), /^0 good {2}/);
      const switched = await doctor({ SKIP: "eslint,patrol", HUSKY: "0", PATROL_BYPASS: "testing" });
      assert.match(switched, /SKIP=patrol[^]*HUSKY=0[^]*PATROL_BYPASS/);
      chmodSync(join(folder, ".git/hooks/pre-commit"), 0o644);
      assert.match(await doctor(), /not executable/);
      chmodSync(join(folder, ".git/hooks/pre-commit"), 0o755);
      git("config", "--global", "core.hooksPath", join(folder, "elsewhere"));
      assert.match(await doctor(), /is never run: core\.hooksPath \(global configuration\)/);
      git("config", "--global", "--unset", "core.hooksPath");
      const hook = read(place, ".git/hooks/pre-commit");
      script(place, ".git/hooks/pre-commit", hook.replace(/^program=.*$/m, "program='/gone/patrol.cjs'"));
      assert.match(await doctor(), /calls \/gone\/patrol\.cjs, which is gone/);
      place.write({ "a.js": "1\n" });
      git("add", "a.js");
      const { ok, said } = tries(place, ["commit", "-m", "A"], { PATH: "/usr/bin:/bin" });
      assert.ok(!ok, "a hook that cannot scan lets nothing through");
      assert.match(said, /patrol: not found where it was/);
      script(place, ".git/hooks/pre-commit", "#!/bin/sh\n");
      assert.match(await doctor(), /does not run Patrol/);
    }),
  );
});
