import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { builtProgram } from "../../support/hooks.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

beforeAll(builtProgram);

const HEAD_LENGTH = 68;
const CLEAN = "no leaks found";
const PLANTED = "planted code!!";

/** Where the code is kept, and what the next look says with it. */
function stagedIn({ folder, git, write, patrol }: Workplace) {
  git("init", "--quiet");
  write({ "a.js": "export const answer = 42;\n" });
  git("add", ".");
  const caches = `${folder}-cache`;
  const code = join(caches, "patrol/code");
  return {
    caches,
    code,
    file: () => join(code, readdirSync(code)[0] ?? "none"),
    async says(env: Record<string, string> = {}) {
      const { status, stderr } = await patrol(["git", "--staged"], { env });
      assert.equal(status, 0, stderr);
      return stderr.split("\n")[1];
    },
  };
}

/**
 * Code of a script that is as long as ours, and says something else. V8 takes the one for the other.
 *
 * @param name the script in dist/.
 * @param begin what is done before it is made, and `end` after it ran, which calls `keep`.
 */
function planted({ folder }: Workplace, name: string, begin: string, end: string): Buffer {
  const path = resolve("dist", name);
  const out = `${folder}-planted`;
  const make = `
    ${begin}
    const { readFileSync, writeFileSync } = require("node:fs");
    const source = readFileSync(${JSON.stringify(path)}, "utf8").replaceAll("${CLEAN}", "${PLANTED}");
    const script = new (require("node:vm").Script)(source);
    const module = { exports: {} };
    const load = require("node:module").createRequire(${JSON.stringify(path)});
    script.runInThisContext()(module.exports, load, module, ${JSON.stringify(path)}, ${JSON.stringify(dirname(path))});
    const keep = () => writeFileSync(${JSON.stringify(out)}, script.createCachedData());
    ${end}`;
  execFileSync(process.execPath, ["-e", make], { cwd: folder, stdio: "ignore" });
  const code = Buffer.concat([readFileSync(path).subarray(0, HEAD_LENGTH), Buffer.alloc(4), readFileSync(out)]);
  rmSync(out);
  return Buffer.concat([code, code]);
}

/** V8 takes code only under the flags that it was made under: those of src/cli/main.ts. */
const plantedLook = (place: Workplace) =>
  planted(
    place,
    "glance.cjs",
    `for (const flag of ["--liftoff-only", "--no-wasm-tier-up", "--no-wasm-dynamic-tiering"])
      require("node:v8").setFlagsFromString(flag);`,
    `module.exports.glance(["git", "--staged"], {}, keep);`,
  );

describe("the code that V8 made of the first look", () => {
  test(
    "is kept for its owner alone; what is damaged, cut short or of another build is made anew",
    inWorkplace(async (place) => {
      const { says, file, code } = stagedIn(place);
      assert.equal(await says(), CLEAN);
      assert.deepEqual([statSync(file()).mode & 0o777, statSync(code).mode & 0o777], [0o600, 0o700]);
      const whole = readFileSync(file());
      const half = whole.length / 2;
      const changed = (...places: number[]) =>
        Buffer.from(whole.map((byte, at) => (places.includes(at) ? byte ^ 1 : byte)));
      const damaged = {
        "in its first half": changed(half >> 1),
        "in its second half": changed(half + (half >> 1)),
        "of another build": changed(5, half + 5),
        "of another V8": changed(HEAD_LENGTH + 4, half + HEAD_LENGTH + 4),
        "cut short": whole.subarray(0, half + 100),
        "half of it": whole.subarray(0, half),
        "only zeros": Buffer.alloc(whole.length),
        empty: Buffer.alloc(0),
      };
      for (const [how, bytes] of Object.entries(damaged)) {
        writeFileSync(file(), bytes);
        assert.equal(await says(), CLEAN, how);
        const kept = readFileSync(file());
        const middle = kept.length / 2;
        assert.deepEqual(kept.subarray(0, middle), kept.subarray(middle), how);
        assert.deepEqual(kept.subarray(0, HEAD_LENGTH), whole.subarray(0, HEAD_LENGTH), how);
      }
      assert.equal(readdirSync(code).length, 1);
    }),
  );

  test(
    "runs only from a place where nobody else can have put it",
    inWorkplace(async (place) => {
      const { says, file, code, caches } = stagedIn(place);
      await says();
      const bytes = plantedLook(place);
      const plant = () => {
        rmSync(code, { recursive: true, force: true });
        mkdirSync(code, { recursive: true, mode: 0o700 });
        writeFileSync(join(code, name), bytes, { mode: 0o600 });
      };
      const name = file().slice(code.length + 1);
      plant();
      assert.equal(await says(), PLANTED, "else the cases below would prove nothing");
      const ways: Record<string, () => void> = {
        "a file that the group may write": () => chmodSync(file(), 0o620),
        "a file that anybody may write": () => chmodSync(file(), 0o602),
        "a folder that anybody may write": () => chmodSync(code, 0o777),
        "a link to the file": () => {
          renameSync(file(), join(caches, "elsewhere"));
          symlinkSync(join(caches, "elsewhere"), join(code, name));
        },
        "a link to the folder": () => {
          renameSync(code, join(caches, "elsewhere.d"));
          symlinkSync(join(caches, "elsewhere.d"), code);
        },
      };
      if (process.geteuid?.() === 0) {
        ways["somebody else's file"] = () => chownSync(file(), 65_534, 65_534);
        ways["somebody else's folder"] = () => chownSync(code, 65_534, 65_534);
      }
      for (const [how, change] of Object.entries(ways)) {
        plant();
        change();
        assert.equal(await says(), CLEAN, how);
      }
      rmSync(code, { recursive: true, force: true });
      plant();
      mkdirSync(join(place.folder, "brought"));
      renameSync(join(caches, "patrol"), join(place.folder, "brought/patrol"));
      assert.equal(await says({ XDG_CACHE_HOME: "brought" }), CLEAN, "a folder that the repository brought along");
    }),
  );

  test(
    "is done without where it cannot be kept",
    inWorkplace(async (place) => {
      const { says, caches } = stagedIn(place);
      writeFileSync(caches, "a file is in the way");
      assert.equal(await says(), CLEAN);
      rmSync(caches);
      assert.equal(await says({ XDG_CACHE_HOME: "", HOME: "" }), CLEAN);
      assert.equal(await says({ XDG_CACHE_HOME: "/dev/null/none" }), CLEAN);
      assert.ok(!existsSync(caches));
    }),
  );
});

describe("the code that V8 made of the whole program", () => {
  test(
    "is replaced once by that of a run that finds something, which reports it as well",
    inWorkplace(async ({ folder, write, patrol }) => {
      const code = join(`${folder}-cache`, "patrol/code");
      write({ "clean.js": "export const answer = 42;\n", "found.js": `key = "${crcToken(5)}"\n` });
      const keptAfter = async (name: string) => {
        await patrol(["dir", name]);
        const [file = "none"] = readdirSync(code);
        return { size: statSync(join(code, file)).size, madeAt: statSync(join(code, file)).mtimeMs };
      };
      const first = await keptAfter("clean.js");
      assert.deepEqual(await keptAfter("clean.js"), first);
      const second = await keptAfter("found.js");
      assert.ok(second.size > first.size);
      assert.deepEqual(await keptAfter("found.js"), second);
      assert.deepEqual(await keptAfter("clean.js"), second);
    }),
  );

  test(
    "holds after a first scan with --cache what a second one of new commits runs, and that is not kept anew",
    inWorkplace(async ({ folder, git, commit, patrol }) => {
      const caches = join(`${folder}-cache`, "patrol");
      const only = (name: string) => join(caches, name, readdirSync(join(caches, name))[0] ?? "none");
      git("init", "--quiet");
      commit("First", { "src/a.js": "export const answer = 42;\n", "b.js": "b\n" });
      const scanned = async (...flags: string[]) => {
        const { status, stderr } = await patrol(["git", ...flags]);
        assert.equal(status, 0, stderr);
        const { size, ino } = statSync(only("code"));
        return { size, ino };
      };
      const plain = await scanned();
      const first = await scanned("--cache");
      assert.ok(first.size > plain.size);
      const remembered = readFileSync(only("histories"));
      commit("Second", { "src/a.js": "export const answer = 43;\n" });
      assert.deepEqual(await scanned("--cache"), first);
      assert.ok(readFileSync(only("histories")).subarray(0, remembered.length).equals(remembered));
      assert.deepEqual(await scanned(), first);
    }),
  );

  test(
    "is replaced once by that of a run that shares a history with a thread, which takes it and finds the same",
    inWorkplace(async ({ folder, git, commit, patrol }) => {
      const code = join(`${folder}-cache`, "patrol/code");
      git("init", "--quiet");
      git("config", "core.compression", "0");
      // Threads pay for packs of 24 MiB.
      const filling = Object.fromEntries(Array.from({ length: 26 }, (_, i) => [`${i}.bin`, randomBytes(1 << 20)]));
      const leaks = Array.from({ length: 40 }, (_, i) => [`${i}.js`, `key = "${crcToken(i)}"\n`] as const);
      commit("Many", { ...filling, ...Object.fromEntries(leaks) });
      git("repack", "-adq");
      const scanned = async (threads: number) => {
        const { status, stdout } = await patrol([
          "git",
          `--threads=${threads}`,
          "--report-format=json",
          "--report-path=-",
        ]);
        assert.equal(status, 1);
        const { size, ino } = statSync(join(code, readdirSync(code)[0] ?? "none"));
        return { kept: { size, ino }, found: JSON.parse(stdout) as unknown[] };
      };
      const alone = await scanned(1);
      assert.equal(alone.found.length, 40);
      const first = await scanned(2);
      assert.ok(first.kept.size > alone.kept.size);
      for (const threads of [2, 1]) assert.deepEqual(await scanned(threads), { ...first, found: alone.found });
    }),
  );

  test(
    "is kept for each command, stands until it is another build's, and runs only where nobody else can have put it",
    inWorkplace(async (place) => {
      const caches = `${place.folder}-cache`;
      const code = join(caches, "patrol/code");
      place.write({ "a.js": "export const answer = 42;\n" });
      place.git("init", "--quiet");
      place.git("add", ".");
      place.git("commit", "--quiet", "--message", "Answer");
      const says = async (command: string, ...flags: string[]) => {
        const { status, stderr } = await place.patrol([command, ...flags, "."]);
        assert.equal(status, 0, stderr);
        return stderr.trimEnd().split("\n").at(-1);
      };
      const kept = (command: string) =>
        join(code, readdirSync(code).find((name) => name.endsWith(`20${command}`)) ?? "none");
      for (const command of ["dir", "git"]) {
        assert.equal(await says(command), CLEAN);
        const { mode, mtimeMs } = statSync(kept(command));
        assert.equal(mode & 0o777, 0o600);
        assert.equal(await says(command), CLEAN);
        assert.equal(statSync(kept(command)).mtimeMs, mtimeMs, `${command}: V8 took it`);
      }
      assert.equal(readdirSync(code).length, 2);
      place.git("archive", "--output=a.tar.gz", "HEAD");
      assert.equal(await says("dir", "--max-archive-depth=1"), CLEAN, "with what it imports");
      const end = `module.exports.main(["dir", "."]).then(() => (module.exports.resetV8Flags(), keep()));`;
      writeFileSync(kept("dir"), planted(place, "command-line.cjs", "", end));
      assert.equal(await says("dir"), PLANTED, "else the case below would prove nothing");
      chmodSync(kept("dir"), 0o602);
      assert.equal(await says("dir"), CLEAN);
    }),
  );
});
