import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(41);
const other = crcToken(42);
const line = (text: string) => `const key = "${text}";\n`;
const fileOf = ({ folder }: Workplace, name: string) => readFileSync(join(folder, name), "utf8");

test(
  "an ignored secret stays ignored where it moves, and another in its place does not",
  inWorkplace(async (place) => {
    const { git, commit, write, patrol } = place;
    git("init", "--quiet");
    commit("Add", { "a.js": line(token) });
    const added = await patrol(["ignore", "add", "a.js:1", "--reason", "made up", "--until", "2099-12-31"]);
    assert.equal(added.status, 0, added.stderr);
    assert.match(
      fileOf(place, ".patrolignore"),
      /^[0-9a-f]{64} rule=npm-access-token until=2099-12-31 reason="made up"$/m,
    );
    assert.ok(!fileOf(place, ".patrolignore").includes(token));
    commit("Move", { "a.js": "\n\n// more\n", "lib/b.js": `// moved\n${line(token)}` });
    assert.deepEqual([(await patrol(["dir"])).status, (await patrol(["git"])).status], [0, 0]);
    write({ "a.js": line(other) });
    assert.equal((await patrol(["dir"])).status, 1);
    assert.match((await patrol(["rules", "explain", "lib/b.js:2"])).stdout, /ignore file: made up/);
  }),
);

test(
  "the key of the entries may lie outside of the repository, and without it none of them counts",
  inWorkplace(async (place) => {
    const { git, commit, patrol, folder } = place;
    const env = { PATROL_IGNORE_KEY: "ab".repeat(32) };
    git("init", "--quiet");
    commit("Add", { "a.js": line(token) });
    assert.equal((await patrol(["ignore", "add", "a.js:1", "--reason", "made up"], { env })).status, 0);
    assert.ok(!existsSync(join(folder, ".patrol-key")));
    assert.equal((await patrol(["dir"], { env })).status, 0);
    const without = await patrol(["dir"]);
    assert.deepEqual([without.status, /its key is missing/.test(without.stderr)], [1, true]);
    assert.equal((await patrol(["dir"], { env: { PATROL_IGNORE_KEY: "f".repeat(64) } })).status, 1);
    const short = await patrol(["dir"], { env: { PATROL_IGNORE_KEY: "abc" } });
    assert.deepEqual([short.status, /PATROL_IGNORE_KEY must hold 64 hex digits/.test(short.stderr)], [2, true]);
  }),
);

test(
  "expired and unused entries are told, fail a strict scan, and prune takes them out",
  inWorkplace(async (place) => {
    const { git, commit, patrol, folder } = place;
    git("init", "--quiet");
    git("config", "user.email", "ada@example.org");
    commit("Add", { "a.js": line(token) });
    await patrol(["ignore", "add", "a.js:1", "--reason", "made up"]);
    const path = join(folder, ".patrolignore");
    const entry = /^[0-9a-f]{64}.*$/m.exec(fileOf(place, ".patrolignore"))?.[0] ?? "";
    assert.match(entry, /owner=ada@example\.org/);
    const unused = `${"0".repeat(64)} rule=npm-access-token owner=bob reason="gone long ago"`;
    writeFileSync(path, `${entry}\n${unused}\n`);
    const scanned = await patrol(["git"]);
    assert.deepEqual([scanned.status, /unused ignore: .*owner bob: gone long ago/.test(scanned.stderr)], [0, true]);
    assert.equal((await patrol(["git", "--strict-ignores"])).status, 2);
    const pruned = await patrol(["ignore", "prune"]);
    assert.match(pruned.stdout, /^unused: 0{64}/);
    assert.match(fileOf(place, ".patrolignore"), new RegExp(`^${entry}\n$`));
    writeFileSync(path, `${entry.replace(" owner", " until=2020-02-29 owner")}\n`);
    const expired = await patrol(["dir"]);
    assert.deepEqual([expired.status, /expired ignore: .*expired on 2020-02-29/.test(expired.stderr)], [1, true]);
  }),
);

test(
  "two branches that ignore something merge without a conflict",
  inWorkplace(async ({ git, commit, patrol }) => {
    git("init", "--quiet", "--initial-branch=main");
    const third = crcToken(43);
    commit("Add", { "a.js": line(token), "b.js": line(other), "c.js": line(third) });
    await patrol(["ignore", "add", "a.js:1", "--reason", "one"]);
    commit("Ignore one");
    git("checkout", "--quiet", "-b", "side");
    await patrol(["ignore", "add", "b.js:1", "--reason", "two"]);
    commit("Ignore two");
    git("checkout", "--quiet", "main");
    await patrol(["ignore", "add", "c.js:1", "--reason", "three"]);
    commit("Ignore three");
    git("merge", "--quiet", "--no-edit", "side");
    const { status, stderr } = await patrol(["git", "--strict-ignores"]);
    assert.equal(status, 0, stderr);
  }),
);

test(
  "a baseline keeps what is known quiet, in the history too, and lets what is new be told",
  inWorkplace(async (place) => {
    const { git, commit, patrol } = place;
    git("init", "--quiet");
    commit("Add", { "a.js": line(token) });
    commit("Remove", { "a.js": "" });
    const made = await patrol(["baseline"]);
    assert.deepEqual([made.status, /^1 known secret,/.test(made.stderr)], [0, true], made.stderr);
    assert.equal((await patrol(["git"])).status, 0);
    commit("Again", { "b.js": line(token), "c.js": line(other) });
    const { status, stdout } = await patrol(["git", "-f", "json"]);
    assert.deepEqual([status, (JSON.parse(stdout) as { File: string }[]).map(({ File }) => File)], [1, ["c.js"]]);
    await patrol(["baseline"]);
    assert.equal(fileOf(place, ".patrol-baseline").match(/^[0-9a-f]{64} /gm)?.length, 2);
  }),
);

test(
  "an entry needs a reason, a place with a finding, and a day to come",
  inWorkplace(async ({ write, patrol }) => {
    write({ "a.js": `${line(token)}x\n` });
    for (const [args, says] of [
      [["a.js:1"], /--reason is missing/],
      [["a.js:2", "--reason", "x"], /nothing is found at a\.js:2; `patrol rules explain a\.js:2` says why/],
      [["a.js:1", "--reason", "x", "--until", "2020-01-01"], /--until/],
      [["a.js:1", "--reason", `it is ${token}`], /--reason holds a secret itself/],
    ] as const) {
      const { status, stderr } = await patrol(["ignore", "add", ...args]);
      assert.deepEqual([status, says.test(stderr), stderr.includes(token)], [2, true, false], stderr);
    }
  }),
);
