import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(61);
const line = `const key = "${token}";\n`;
const JSON_OUT = ["-f", "json", "-r", "-"];
const files = (stdout: string) => (JSON.parse(stdout) as Row[]).map(({ File }) => File);

/** A repository of four commits and its clone with the last two; the first one holds the secret. */
function shallowClone({ folder, git, commit }: Workplace): void {
  git("init", "--quiet", "--initial-branch=main");
  commit("One", { "a.js": line });
  commit("Two", { "a.js": "gone\n" });
  commit("Three", { "b.js": "fine\n" });
  commit("Four", { "c.js": "fine\n" });
  git("clone", "--quiet", "--depth", "2", `file://${folder}`, "shallow");
}

describe("a clone that is cut off", () => {
  test(
    "is no clean result, and the way out is named",
    inWorkplace(async (place) => {
      shallowClone(place);
      const { status, stderr } = await place.patrol(["git", "shallow"]);
      assert.equal(status, 2);
      assert.match(
        stderr,
        /not scanned: shallow: .*shallow clone.*git fetch --unshallow.*fetch-depth: 0.*--allow-shallow/,
      );
      const allowed = await place.patrol(["git", "shallow", "--allow-shallow"]);
      assert.equal(allowed.status, 0);
      assert.match(allowed.stderr, /note: .*shallow clone/);
    }),
  );

  test(
    "serves for commits that it holds whole",
    inWorkplace(async (place) => {
      shallowClone(place);
      const status = async (options: string) =>
        (await place.patrol(["git", "shallow", `--log-opts=${options}`])).status;
      assert.equal(await status("HEAD~1..HEAD"), 0);
      assert.equal(await status("-n 2"), 0);
      assert.equal(await status("-n 3"), 2, "a third commit was asked for");
      assert.equal(await status("HEAD"), 2);
    }),
  );

  test(
    "is excused for what it was cut off from, not for what is missing for another reason",
    inWorkplace(async (place) => {
      shallowClone(place);
      const { git, write, patrol } = place;
      git("-C", "shallow", "config", "gc.auto", "0");
      const commits: string[] = [];
      for (const name of ["Five", "Six"]) {
        write({ [`shallow/${name}.js`]: name });
        git("-C", "shallow", "add", ".");
        git("-C", "shallow", "commit", "--quiet", "--message", name);
        commits.push(git("-C", "shallow", "rev-parse", "HEAD"));
      }
      assert.equal((await patrol(["git", "shallow", "--allow-shallow"])).status, 0);
      const [five = ""] = commits;
      rmSync(join(place.folder, "shallow/.git/objects", five.slice(0, 2), five.slice(2)));
      for (const options of [[], ["--log-opts=HEAD"]]) {
        const { status, stderr } = await patrol(["git", "shallow", "--allow-shallow", ...options]);
        assert.deepEqual([status, stderr.includes(five)], [2, true], stderr);
      }
    }),
  );

  test(
    "is not excused by a list that names other commits",
    inWorkplace(async (place) => {
      shallowClone(place);
      const end = place.git("-C", "shallow", "rev-parse", "HEAD~1");
      const gone = place.git("rev-parse", "HEAD~2");
      const list = join(place.folder, "shallow/.git/shallow");
      assert.equal(readFileSync(list, "utf8"), `${end}\n`);
      writeFileSync(list, `${"1".repeat(40)}\n`);
      const { status, stderr } = await place.patrol(["git", "shallow", "--allow-shallow"]);
      assert.equal(status, 2);
      assert.match(stderr, new RegExp(`commit ${gone}: not in the repository`));
    }),
  );

  test(
    "does not turn findings into a result either",
    inWorkplace(async (place) => {
      shallowClone(place);
      place.write({ "shallow/d.js": line });
      place.git("-C", "shallow", "add", "d.js");
      place.git("-C", "shallow", "commit", "--quiet", "--message", "Five");
      for (const more of [[], ["--exit-code=0"]]) {
        const { status, stderr } = await place.patrol(["git", "shallow", ...more]);
        assert.equal(status, 2);
        assert.match(stderr, /leaks found: 1; 1 could not be scanned/);
      }
      assert.equal((await place.patrol(["git", "shallow", "--allow-shallow", "--exit-code=9"])).status, 9);
    }),
  );

  test(
    "and a partial clone without its files ends with 2 as well",
    inWorkplace(async ({ folder, git, commit, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line });
      git("config", "uploadpack.allowFilter", "true");
      git("clone", "--quiet", "--no-checkout", "--filter=blob:none", `file://${folder}`, "partial");
      const { status, stderr } = await patrol(["git", "partial"]);
      assert.equal(status, 2);
      assert.match(stderr, /not fetched: this is a partial clone/);
    }),
  );
});

describe("what was asked to be left out", () => {
  test(
    "large files are named and are no error, in folders and in histories",
    inWorkplace(async ({ git, commit, write, patrol, folder }) => {
      git("init", "--quiet");
      commit("One", { "big.js": `${"x".repeat(1_100_000)}\n${line}`, "small.js": "fine\n" });
      for (const args of [["dir", "big.js"], ["git"]]) {
        const { status, stderr } = await patrol([...args, "--max-target-megabytes", "1", "--receipt", "receipt.json"]);
        assert.equal(status, 0, stderr);
        assert.match(stderr, /note: .*left out.*--max-target-megabytes/);
        assert.match(readFileSync(join(folder, "receipt.json"), "utf8"), /left out[^"]*--max-target-megabytes/);
        assert.equal((await patrol([...args, "--max-target-megabytes", "2"])).status, 1, "below the limit");
      }
      write({ "found.js": line });
      assert.equal((await patrol(["dir", ".", "--max-target-megabytes", "1"])).status, 1);
    }),
  );
});

describe("archives in a history", () => {
  test(
    "are opened when asked, and told with the commit that brought them",
    inWorkplace(async ({ folder, git, commit, write, patrol }) => {
      git("init", "--quiet", "--initial-branch=main");
      write({ "in/a.js": line });
      execFileSync("tar", ["-czf", "lib.tgz", "in"], { cwd: folder });
      write({ ".gitignore": "in\n*.json\n" });
      const guilty = commit("Add a library");
      execFileSync("tar", ["-czf", "lib.tgz", "in", ".gitignore"], { cwd: folder });
      commit("Pack it again");
      git("rm", "--quiet", "lib.tgz");
      commit("Remove it");
      const shut = await patrol(["git"]);
      assert.equal(shut.status, 0);
      const { status, stdout, stderr } = await patrol(["git", "--max-archive-depth", "1", ...JSON_OUT]);
      assert.equal(status, 1, stderr);
      const [row, ...more] = JSON.parse(stdout) as Row[];
      assert.deepEqual(
        [more.length, row?.File, row?.Commit, row?.Author, row?.Message],
        [0, "lib.tgz!in/a.js", guilty, "Ada", "Add a library"],
      );
      assert.equal(row?.Fingerprint, `${guilty}:lib.tgz!in/a.js:npm-access-token:1`);
      const range = async (options: string) =>
        files((await patrol(["git", "--max-archive-depth=1", `--log-opts=${options}`, ...JSON_OUT])).stdout);
      assert.deepEqual(await range(`${guilty}..HEAD`), ["lib.tgz!in/a.js"], "the second packing is in the range");
      assert.deepEqual(await range("-n 1"), []);
      assert.deepEqual(await range("HEAD -- src"), []);
    }),
  );

  test(
    "are known by their content, whatever their names are, loose and packed",
    inWorkplace(async ({ folder, git, commit, write, patrol }) => {
      git("init", "--quiet");
      write({ "in/a.js": line, ".gitignore": "in\n" });
      execFileSync("tar", ["-czf", "assets.dat", "in"], { cwd: folder });
      commit("Add assets", { "picture.zip": "no archive at all\n", "noise.bin": Buffer.from([0, 1, 2, 0, 255]) });
      for (const pack of [() => undefined, () => git("repack", "-adq")]) {
        pack();
        for (const more of [[], ["--cache"], ["--cache"]]) {
          const { status, stdout, stderr } = await patrol(["git", "--max-archive-depth", "1", ...more, ...JSON_OUT]);
          assert.deepEqual([status, files(stdout)], [1, ["assets.dat!in/a.js"]], stderr);
        }
      }
    }),
  );

  test(
    "are found in merges, and a broken one is named",
    inWorkplace(async ({ folder, git, commit, write, patrol }) => {
      git("init", "--quiet", "--initial-branch=main");
      commit("Base", { "a.txt": "base\n" });
      git("checkout", "--quiet", "-b", "side");
      commit("Side", { "b.txt": "side\n" });
      git("checkout", "--quiet", "main");
      commit("Main", { "c.txt": "main\n" });
      git("merge", "--quiet", "--no-commit", "side");
      write({ "in/a.js": line });
      execFileSync("tar", ["-cf", "only-here.tar", "in"], { cwd: folder });
      write({ ".gitignore": "in\n" });
      commit("Merge");
      const { status, stdout } = await patrol(["git", "--max-archive-depth", "1", ...JSON_OUT]);
      assert.deepEqual([status, files(stdout)], [1, ["only-here.tar!in/a.js"]]);
      commit("Broken", { "broken.zip": Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 1, 2, 3]) });
      const broken = await patrol(["git", "--max-archive-depth", "1"]);
      assert.equal(broken.status, 2);
      assert.match(broken.stderr, /not scanned: broken\.zip.*: corrupt archive/);
    }),
  );

  test(
    "an archive deeper than was asked for is named, and no error",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "in/a.js": line });
      execFileSync("tar", ["-czf", "inner.tgz", "in"], { cwd: folder });
      execFileSync("tar", ["-czf", "outer.tgz", "inner.tgz"], { cwd: folder });
      const { status, stderr } = await patrol(["dir", "outer.tgz", "--max-archive-depth", "1"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /note: outer\.tgz!inner\.tgz was left out: .*--max-archive-depth/);
      assert.equal((await patrol(["dir", "outer.tgz", "--max-archive-depth", "2"])).status, 1);
    }),
  );
});

describe("a text that would make a rule read it over and over", () => {
  const rule = `[[rules]]\nid = "block"\nregex = '''OPEN-IT[\\s\\S]{10,}?SHUT-IT'''\nkeywords = ["open-it"]\n`;
  for (const isPacked of [false, true])
    test(
      `is named when it stands in a history, ${isPacked ? "packed" : "loose"}`,
      inWorkplace(async ({ git, write, commit, patrol }) => {
        git("init", "--quiet", "--initial-branch=main");
        commit("One", { "a.txt": "OPEN-IT ".repeat(20_000), "b.txt": "OPEN-IT 0123456789 SHUT-IT" });
        if (isPacked) git("repack", "-adq");
        write({ "rules.toml": rule });
        const id = git("rev-parse", "HEAD:a.txt").trim();
        const { status, stderr } = await patrol(["git", "-c", "rules.toml"]);
        assert.equal(status, 2);
        assert.match(stderr, new RegExp(`not scanned: object ${id}: not wholly looked at by the rule block`));
        assert.match(stderr, /leaks found: 1; 1 could not be scanned/);
      }),
    );
});

describe("--cache", () => {
  test(
    "reads only what is new the next time, and tells the same",
    inWorkplace(async (place) => {
      place.git("init", "--quiet", "--initial-branch=main");
      place.commit("One", { "a.js": line });
      place.commit("Two", { "a.js": "gone\n" });
      const counted = async (...more: string[]) => {
        const { stdout } = await place.patrol(["git", "--receipt=receipt.json", ...more, ...JSON_OUT]);
        const receipt = JSON.parse(readFileSync(join(place.folder, "receipt.json"), "utf8")) as {
          counts: { cached: number };
        };
        return { files: files(stdout), cached: receipt.counts.cached };
      };
      assert.deepEqual(await counted(), { files: ["a.js"], cached: 0 });
      assert.deepEqual(await counted("--cache"), { files: ["a.js"], cached: 0 });
      assert.deepEqual(await counted("--cache"), { files: ["a.js"], cached: 4 });
      assert.deepEqual(await counted(), { files: ["a.js"], cached: 0 });
      place.commit("Three", { "b.js": "fine\n" });
      assert.deepEqual(await counted("--cache"), { files: ["a.js"], cached: 4 });
    }),
  );
});
