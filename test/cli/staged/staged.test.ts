import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { BLOB } from "../../../src/sources/git/object-id.ts";
import type { Row } from "../../../src/report/row.ts";
import { entryHeader, idOf, indexOf, packOf } from "../../fuzz/targets/pack-kit.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

const token = crcToken(21);
const line = `const key = "${token}";\n`;
const other = `const other = "${crcToken(22)}";\n`;

/** `[exit code, "file:line", ...]` */
async function found({ patrol }: Workplace, ...args: string[]): Promise<(number | string | null)[]> {
  const { status, stdout, stderr } = await patrol(["git", "--staged", "-f", "json", "-r", "-", ...args]);
  assert.ok(!`${stdout}${stderr}`.includes(token));
  if (!stdout.startsWith("[")) return [status, stderr];
  return [status, ...(JSON.parse(stdout) as Row[]).map(({ File, StartLine }) => `${File}:${StartLine}`)];
}

describe("what is scanned", () => {
  test(
    "what a commit takes away and a partial clone lacks keeps nothing from being told that comes in its place",
    inWorkplace(async ({ git, write, patrol, folder }) => {
      git("init", "--quiet", "--initial-branch=main", "source");
      git("-C", "source", "config", "uploadpack.allowFilter", "true");
      write({ "source/in/a.js": "1\n", "source/out/b.js": "2\n", "source/out/c.js": line });
      git("-C", "source", "add", ".");
      git("-C", "source", "commit", "--quiet", "--message", "First");
      git("clone", "--quiet", "--filter=blob:none", "--sparse", `file://${folder}/source`, "clone");
      const inside = (...args: string[]) => git("-C", "clone", ...args);
      inside("sparse-checkout", "set", "in");
      write({ "clone/in/new.js": `// new\n${line}` });
      inside("add", "in");
      inside("rm", "--quiet", "--sparse", "out/b.js", "out/c.js");
      const { status, stdout, stderr } = await patrol(["git", "--staged", "clone"]);
      assert.equal(status, 1, stderr);
      assert.match(stdout, /^File: +in\/new\.js$/m);
      assert.match(stderr, /^1 file staged scanned/m);
    }),
  );

  test(
    "the staged bytes count, not those of the work tree",
    inWorkplace(async (place) => {
      const { git, write } = place;
      git("init", "--quiet");
      place.commit("First", { "a.js": "1\n", "b.js": "1\n" });
      write({ "a.js": line, "b.js": "2\n" });
      git("add", ".");
      write({ "a.js": "cleaned\n", "b.js": other });
      assert.deepEqual(await found(place), [1, "a.js:1"]);
    }),
  );

  test(
    "only what the commit adds is told, though a file is read whole",
    inWorkplace(async (place) => {
      const { git, write } = place;
      git("init", "--quiet");
      place.commit("First", { "a.js": line });
      write({ "a.js": `// moved\n${line}` });
      git("add", ".");
      assert.deepEqual(await found(place), [0]);
      write({ "a.js": `${line}${other}` });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "a.js:2"]);
    }),
  );

  test(
    "a secret counts from where no comment allows it any more, and while one does that moved with it",
    inWorkplace(async (place) => {
      const { git, commit, write } = place;
      git("init", "--quiet");
      const allowed = `${line.trimEnd()} // patrol:allow\n`;
      commit("Allowed", { "a.js": allowed, "b.js": `// patrol:allow-next-line\n${line}`, "c.js": allowed });
      write({ "a.js": line, "b.js": `// first\n${line}`, "c.js": `// first\n${allowed}` });
      git("add", "--all");
      assert.deepEqual(await found(place), [1, "a.js:1", "b.js:2"]);
      assert.deepEqual(await found(place, "--ignore-gitleaks-allow"), [0]);
    }),
  );

  test(
    "a rule of two parts sees the half that was committed before",
    inWorkplace(async (place) => {
      const { git, write } = place;
      git("init", "--quiet");
      const rules = [
        `[[rules]]\nid = "name"\nregex = 'name-[0-9]{4}'\nskipReport = true\n`,
        `[[rules]]\nid = "word"\nregex = 'word-[0-9]{4}'\n[[rules.required]]\nid = "name"\n`,
      ];
      place.commit("First", { "a.txt": "name-1234\n", ".gitleaks.toml": rules.join("\n") });
      write({ "a.txt": "name-1234\nword-5678\n", "b.txt": "word-5678\n" });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "a.txt:2"]);
    }),
  );

  test(
    "a configuration counts as it is staged, and so does what it extends; one that is not staged as it lies there",
    inWorkplace(async (place) => {
      const { git, write } = place;
      git("init", "--quiet");
      const rules = (word: string) => `[[rules]]\nid = "word"\nregex = '${word}-[0-9]{4}'\n`;
      const extending = '[extend]\npath = "more.toml"\n';
      write({ "a.txt": "word-1234\nname-1234\n", ".gitleaks.toml": extending, "more.toml": rules("word") });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "a.txt:1"]);
      write({ "more.toml": rules("name") });
      assert.deepEqual(await found(place), [1, "a.txt:1"]);
      write({ ".gitleaks.toml": "[allowlist]\npaths = ['.*']\n" });
      assert.deepEqual(await found(place), [1, "a.txt:1"]);
      rmSync(`${place.folder}/.gitleaks.toml`);
      assert.deepEqual(await found(place), [1, "a.txt:1"]);
      git("rm", "--quiet", "--cached", ".gitleaks.toml");
      assert.deepEqual(await found(place), [0]);
      write({ ".gitleaks.toml": rules("name") });
      assert.deepEqual(await found(place), [1, "a.txt:2"]);
    }),
  );

  test(
    "a renamed file brings nothing new, a copied one does, and so does one that is hardly the same",
    inWorkplace(async (place) => {
      const { git, write } = place;
      git("init", "--quiet");
      const body = `${line}${"some text\n".repeat(20)}`;
      place.commit("First", { "a.js": body, "dir/c.js": body });
      git("mv", "a.js", "b.js");
      write({ "b.js": `${body}more\n` });
      git("add", ".");
      assert.deepEqual(await found(place), [0]);
      git("mv", "dir", "folder");
      assert.deepEqual(await found(place), [0]);
      write({ "a.js": body });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "b.js:1"], "a.js stands where it stood, so b.js is a copy");
      git("reset", "--quiet", "--hard");
      git("rm", "--quiet", "a.js");
      write({ "d.js": line });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "d.js:1"]);
    }),
  );

  test(
    "a change of mode alone adds nothing, a link's target is looked at, an intended file is not staged",
    inWorkplace(async (place) => {
      const { git, folder, write } = place;
      git("init", "--quiet");
      place.commit("First", { "a.sh": line, "x.txt": "x\n" });
      chmodSync(join(folder, "a.sh"), 0o755);
      git("add", ".");
      assert.deepEqual(await found(place), [0]);
      write({ "later.js": other });
      git("add", "--intent-to-add", "later.js");
      assert.deepEqual(await found(place), [0]);
      symlinkSync(crcToken(23), join(folder, "link"));
      git("add", "link");
      assert.deepEqual(await found(place), [1, "link:1"]);
    }),
  );

  test(
    "UTF-16 is read, and so are names that are no UTF-8",
    inWorkplace(async (place) => {
      const { git, folder, write } = place;
      git("init", "--quiet");
      write({ "a.txt": Buffer.from(`\ufeff${line}`, "utf16le") });
      writeFileSync(Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff])]), line);
      git("add", ".");
      assert.deepEqual(await found(place), [1, "a.txt:1", "b\ufffd:1"]);
    }),
  );

  test(
    "removing a secret is no finding, and is not an empty stage",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      place.commit("First", { "a.js": line, "b.js": other });
      place.git("rm", "--quiet", "a.js");
      assert.deepEqual(await found(place), [0]);
    }),
  );
});

describe("kinds of repositories", () => {
  test(
    "the first commit, an index of each version, SHA-256",
    inWorkplace(async (place) => {
      const { git, write, folder } = place;
      for (const format of ["sha1", "sha256"]) {
        git("init", "--quiet", `--object-format=${format}`);
        write({ "a.js": "1\n", "deep/er/b.js": line, "deep/z.js": "1\n" });
        for (const version of ["2", "3", "4"]) {
          git("update-index", "--index-version", version);
          git("add", ".");
          assert.deepEqual(await found(place), [1, "deep/er/b.js:1"], `${format}, version ${version}`);
        }
        git("commit", "--quiet", "--message", "First");
        write({ "deep/z.js": other });
        git("add", ".");
        git("repack", "-a", "-d", "--quiet");
        assert.deepEqual(await found(place), [1, "deep/z.js:1"]);
        rmSync(join(folder, ".git"), { recursive: true });
      }
    }),
  );

  test(
    "a split index is git's to read, and is read",
    inWorkplace(async (place) => {
      const { git, write, patrol } = place;
      git("init", "--quiet");
      place.commit("First", { "a.js": "1\n" });
      git("update-index", "--split-index");
      write({ "a.js": line });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "a.js:1"]);
      const { stderr } = await patrol(["git", "--staged", "--verbose"]);
      assert.match(stderr, /git was asked what is staged: .*"link"/);
    }),
  );

  test(
    "a sparse index is git's to read, and is read; a watched one is like any other",
    inWorkplace(async (place) => {
      const { git, write, patrol } = place;
      git("init", "--quiet");
      place.commit("First", { "in/a.js": "1\n", "out/b.js": "1\n", "out/deep/c.js": "1\n" });
      git("sparse-checkout", "init", "--cone", "--sparse-index");
      git("sparse-checkout", "set", "in");
      write({ "in/a.js": line });
      git("add", "in");
      assert.deepEqual(await found(place), [1, "in/a.js:1"]);
      assert.match((await patrol(["git", "--staged", "--verbose"])).stderr, /git was asked what is staged: /);
      git("sparse-checkout", "disable");
      write({ "watch.sh": "#!/bin/sh\nprintf 'now\\0/\\0'\n" });
      chmodSync(`${place.folder}/watch.sh`, 0o755);
      git("config", "core.fsmonitor", `${place.folder}/watch.sh`);
      git("update-index", "--fsmonitor");
      write({ "out/b.js": other });
      git("add", "out");
      assert.deepEqual(await found(place), [1, "in/a.js:1", "out/b.js:1"]);
    }),
  );

  test(
    "a secret that comes while a folder goes that holds a submodule",
    inWorkplace(async (place) => {
      const { git, write } = place;
      git("init", "--quiet");
      place.commit("First", { "vendor/a.js": "a\n" });
      git("update-index", "--add", "--cacheinfo", `160000,${git("rev-parse", "HEAD")},vendor/lib`);
      git("commit", "--quiet", "--message", "Take in a library");
      git("rm", "--quiet", "-r", "--cached", "vendor");
      write({ "b.js": line });
      git("add", "b.js");
      assert.deepEqual(await found(place), [1, "b.js:1"]);
    }),
  );

  test(
    "a work tree of its own, a submodule, and a folder deep inside",
    inWorkplace(async (place) => {
      const { git, folder, patrol } = place;
      git("init", "--quiet", "main");
      git("-C", "main", "commit", "--quiet", "--allow-empty", "--message", "First");
      git("-C", "main", "worktree", "add", "--quiet", "../tree");
      git("clone", "--quiet", "main", "lib");
      git("-C", "main", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib", "sub");
      assert.equal((await patrol(["git", "--staged", "main"])).status, 0, "the submodule's commit is no file");
      for (const inner of ["tree", "main/sub"]) {
        mkdirSync(join(folder, inner, "deep"));
        writeFileSync(join(folder, inner, "deep/a.js"), line);
        git("-C", inner, "add", ".");
        const { status, stdout } = await patrol(["git", "--staged", `${inner}/deep`]);
        assert.equal(status, 1, inner);
        assert.match(stdout, /^File: +deep\/a\.js$/m);
      }
    }),
  );

  test(
    "a folder without a repository is no clean result",
    inWorkplace(async ({ git, patrol }) => {
      const { status, stderr } = await patrol(["git", "--staged"]);
      assert.equal(status, 2);
      assert.match(stderr, /lies in no git repository/);
      git("init", "--quiet", "--bare", "bare.git");
      for (const flag of ["--staged", "--pre-commit"]) {
        const bare = await patrol(["git", flag, "bare.git"]);
        assert.equal(bare.status, 2);
        assert.match(bare.stderr, /is a bare repository: nothing can be staged in it/);
      }
    }),
  );
});

describe("--pre-commit and protect without --staged", () => {
  test(
    "take in what is changed and not staged, and what is staged, each told once",
    inWorkplace(async (place) => {
      const { git, write, folder } = place;
      const uncommitted = async (command: string) => {
        const { status, stdout, stderr } = await place.patrol([...command.split(" "), "-f", "json", "-r", "-"]);
        assert.ok(stdout.startsWith("["), stderr);
        const places = (JSON.parse(stdout) as Row[]).map(({ File, StartLine }) => `${File}:${StartLine}`);
        return { status, places, stderr };
      };
      git("init", "--quiet");
      place.commit("First", { "a.js": line, "b.js": "1\n", "c.js": "1\n", "gone.js": "1\n", "crlf.js": other });
      write({ "b.js": line, "crlf.js": other.replace("\n", "\r\n"), "untracked.js": line });
      rmSync(join(folder, "gone.js"));
      for (const command of ["git --pre-commit", "protect"]) {
        const { status, places, stderr } = await uncommitted(command);
        assert.deepEqual([status, ...places], [1, "b.js:1"]);
        assert.match(stderr, /^2 files changed and not staged scanned/m);
      }
      write({ "c.js": other });
      git("add", "c.js");
      write({ "c.js": `${other}${line}` });
      const both = await uncommitted("git --pre-commit");
      assert.deepEqual([both.status, ...both.places], [1, "b.js:1", "c.js:1", "c.js:2"]);
      assert.match(both.stderr, /^1 file staged scanned, and 3 files changed and not staged/m);
      assert.deepEqual(await found(place), [1, "c.js:1"]);
    }),
  );

  test(
    "read names that are no UTF-8, and take none for git's own words",
    inWorkplace(async (place) => {
      const { git, write, folder } = place;
      const odd = Buffer.concat([Buffer.from(`${folder}/b`), Buffer.from([0xff, 0xfe]), Buffer.from(".js")]);
      git("init", "--quiet");
      write({ "a.js": line, "0:a.js": "1\n", "-x\n.js": "1\n" });
      writeFileSync(odd, "1\n");
      git("add", ".");
      // A form of index that only git reads, so that it is asked what is staged at each path.
      git("update-index", "--split-index");
      git("commit", "--quiet", "-m", "First");
      write({ "0:a.js": line, "-x\n.js": line });
      writeFileSync(odd, line);
      const { status, stdout, stderr } = await place.patrol(["git", "--pre-commit", "-f", "json", "-r", "-"]);
      assert.deepEqual(
        [status, ...(JSON.parse(stdout) as Row[]).map(({ File }) => File)],
        [1, "-x\n.js", "0:a.js", "b\ufffd\ufffd.js"],
        stderr,
      );
    }),
  );

  test(
    "follow no link out of the work tree, and run no filter of the repository's",
    inWorkplace(async (place) => {
      const { git, write, folder } = place;
      git("init", "--quiet");
      write({ "outside/a.js": "1\n" });
      mkdirSync(join(folder, "inside"));
      const inside = (...args: string[]) => git("-C", "inside", ...args);
      inside("init", "--quiet");
      write({ "inside/sub/a.js": "1\n", "inside/.gitattributes": "*.js filter=own\n", "inside/b.js": "1\n" });
      inside("add", ".");
      inside("commit", "--quiet", "-m", "First");
      inside("config", "filter.own.clean", `touch ${join(folder, "ran")}; cat`);
      rmSync(join(folder, "inside/sub"), { recursive: true });
      symlinkSync("../outside", join(folder, "inside/sub"));
      write({ "outside/a.js": line, "inside/b.js": "2\n" });
      const { status, stderr } = await place.patrol(["git", "--pre-commit", "inside"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /^1 file changed and not staged scanned/m);
      assert.ok(!existsSync(join(folder, "ran")));
    }),
  );
});

describe("when there is little to compare with", () => {
  test(
    "an empty stage scans the last commit's files and says so",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      const empty = await place.patrol(["git", "--pre-commit", "--staged", "--redact", "--verbose"]);
      assert.equal(empty.status, 0);
      assert.match(empty.stderr, /no commit yet: nothing was scanned/);
      place.commit("First", { "a.js": line });
      const { status, stderr } = await place.patrol(["git", "--pre-commit"]);
      assert.equal(status, 1);
      assert.match(stderr, /nothing is staged: every file of the last commit was scanned instead/);
    }),
  );

  test(
    "what is changed and not staged is told although what is staged there is missing",
    inWorkplace(async ({ git, commit, write, patrol, folder }) => {
      git("init", "--quiet");
      commit("First", { "a.js": "1\n" });
      const id = git("rev-parse", "HEAD:a.js");
      rmSync(join(folder, ".git/objects", id.slice(0, 2), id.slice(2)), { force: true });
      write({ "a.js": line });
      const { status, stdout, stderr } = await patrol(["git", "--pre-commit"]);
      assert.equal(status, 1, stderr);
      assert.match(stdout, /^File: +a\.js$/m);
    }),
  );

  for (const [what, size, why] of [
    [
      "of more than two gigabytes is named as too large",
      2_200_000_000,
      "2200 MB, and at most 2147 MB can be scanned at once",
    ],
    ["that is large and cut short is named as damaged", 600_000_000, "the object is missing or damaged"],
  ] as const)
    test(
      `a staged file ${what}, and what else is staged is told`,
      inWorkplace(async ({ git, write, patrol, folder }) => {
        git("init", "--quiet");
        write({ "a.js": line });
        git("add", ".");
        // git adds such a file to a pack of its own. To this one its length alone is told.
        const id = idOf("blob", Buffer.from("large"));
        const { pack, offsets } = packOf([{ id, head: () => entryHeader(BLOB, size), content: Buffer.from("large") }]);
        mkdirSync(join(folder, ".git/objects/pack"), { recursive: true });
        write({
          ".git/objects/pack/pack-large.pack": pack,
          ".git/objects/pack/pack-large.idx": indexOf([id], offsets, pack.subarray(-20)),
        });
        git("update-index", "--add", "--cacheinfo", `100644,${id.toString("hex")},large.bin`);
        const { status, stdout, stderr } = await patrol(["git", "--staged"]);
        assert.equal(status, 2);
        assert.match(stdout, /^File: +a\.js$/m);
        assert.ok(stderr.includes(`not scanned: large.bin: ${why}`), stderr);
      }),
    );

  test(
    "a merge is asked only for what neither side has",
    inWorkplace(async (place) => {
      const { git, write, commit } = place;
      git("init", "--quiet", "--initial-branch=main");
      commit("Base", { "a.txt": "base\n" });
      git("checkout", "--quiet", "-b", "side");
      commit("Side", { "a.txt": "side\n", "side.js": line });
      git("checkout", "--quiet", "main");
      commit("Main", { "a.txt": "main\n" });
      assert.throws(() => git("merge", "side"));
      assert.match(String((await found(place))[1] ?? ""), /^$/);
      write({ "a.txt": "both\n" });
      git("add", ".");
      assert.deepEqual(await found(place), [0]);
      write({ "a.txt": `both\n${other}` });
      git("add", ".");
      assert.deepEqual(await found(place), [1, "a.txt:2"]);
    }),
  );
});
