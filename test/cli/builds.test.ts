import assert from "node:assert/strict";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, test } from "vitest";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

/** Long enough for the fast engine. */
const leaky = `${"filling\n".repeat(2000)}key = "${crcToken(71)}"\n`;

const STAMP = /"stamp":"([0-9a-f]{32})"/;
/** What all bundles of a build carry. */
const BUILD = /[0-9a-f]{64}$/;

function copied(): string {
  const folder = mkdtempSync(join(tmpdir(), "patrol-mixed-"));
  cpSync("package.json", join(folder, "package.json"));
  cpSync("dist", join(folder, "dist"), { recursive: true });
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  return folder;
}

const buildHere = () => BUILD.exec(readFileSync("dist/sieve-worker.cjs", "latin1"))?.[0] ?? "";

/** The program as another build, with the times that all files of an image or a package may have. */
function another(build: string): string {
  const folder = copied();
  const here = buildHere();
  for (const name of readdirSync(join(folder, "dist"))) {
    const path = join(folder, "dist", name);
    if (/\.[cm]js$/.test(name))
      writeFileSync(path, readFileSync(path, "latin1").replaceAll(here, build.repeat(64)), "latin1");
    utimesSync(path, 1, 1);
  }
  return join(folder, "dist/patrol.cjs");
}

/** The program, with one file as another build would have left it. */
function mixed(name: string): string {
  const folder = copied();
  const path = join(folder, "dist", name);
  const text = readFileSync(path).toString("latin1");
  const build = buildHere();
  const stamp = /\.[cm]js$/.test(name) ? build : (STAMP.exec(text)?.[1] ?? text.slice(-32));
  assert.match(stamp, /^(?:[0-9a-f]{32}){1,2}$/);
  assert.ok(text.includes(stamp));
  writeFileSync(path, Buffer.from(text.replaceAll(stamp, [...stamp].reverse().join("")), "latin1"));
  return join(folder, "dist/patrol.cjs");
}

function run(program: string, folder: string, ...words: string[]): Promise<{ status: number; stderr: string }> {
  const env = { PATH: process.env["PATH"], HOME: folder, XDG_CACHE_HOME: `${folder}-mixed-cache`, LANG: "C.UTF-8" };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], { cwd: folder, env }, (error, _, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stderr }),
    );
  });
}

describe("files of two builds in dist/", () => {
  test.each([
    ["core-relaxed.wasm", "dir"],
    ["rules.img", "dir"],
    ["rules.jsonl", "dir"],
    ["git-core.wasm", "git"],
  ])("are refused by name rather than find nothing: %s under `patrol %s`", (name, command) =>
    inWorkplace(async ({ folder, git, commit }) => {
      git("init", "-q");
      commit("leak", { "a.txt": leaky });
      const { status, stderr } = await run(mixed(name), folder, command);
      assert.equal(status, 2, stderr);
      assert.ok(stderr.includes(`${name} is of another build than this program; run npm run build`), stderr);
    })(),
  );

  test.each([
    ["command-line.cjs", ["dir", "."]],
    ["glance.cjs", ["git", "--staged"]],
    ["glance.cjs", ["hook", "glance", "pre-commit"]],
    ["seldom.cjs", ["dir", "."]],
    ["sieve-worker.cjs", ["dir", "."]],
    ["service.mjs", ["token", "help"]],
  ])("are refused by name when they are bundles, whoever loads the other: %s under `patrol %s`", (name, words) =>
    inWorkplace(async ({ folder, git, write }) => {
      git("init", "-q");
      // Of so many that a thread pays.
      const count = name === "sieve-worker.cjs" ? 1_700 : 3;
      write(Object.fromEntries(Array.from({ length: count }, (_, number) => [`${number}.txt`, "fine\n"])));
      const { status, stderr } = await run(mixed(name), folder, ...words);
      assert.equal(status, 2, stderr);
      assert.match(stderr, new RegExp(`${name} is of another build than this program; run npm run build, or install`));
    })(),
  );

  test("do not take a configuration for read that the other one read, however alike they are", () =>
    inWorkplace(async ({ folder, write }) => {
      write({ "c.toml": `[[rules]]\nid = "word"\nregex = '''word-\\d{4}'''\n`, "a.txt": "word-1234\n" });
      const [one, other] = [another("1"), another("2")];
      const scan = async (program: string) => (await run(program, folder, "dir", "a.txt", "-c", "c.toml")).status;
      assert.equal(await scan(one), 1);
      const rules = `${folder}-mixed-cache/patrol/rules`;
      const kept = readdirSync(rules).filter((name) => name.endsWith(".json"));
      assert.equal(kept.length, 1);
      const path = join(rules, kept[0] ?? "");
      writeFileSync(path, readFileSync(path, "utf8").replaceAll("word-", "ward-"));
      assert.equal(await scan(one), 0);
      // By their first lines, which a build makes of the rest, these are the same bundles.
      rmSync(`${folder}-mixed-cache/patrol/code`, { recursive: true });
      assert.equal(await scan(other), 1);
    })());

  test("are refused by name when a history is shared with a thread", () =>
    inWorkplace(async ({ folder, git, commit }) => {
      git("init", "-q");
      git("config", "core.compression", "0");
      commit("large", { "a.bin": randomBytes(25 << 20) });
      git("repack", "-adq");
      const refusing = (name: string) => new RegExp(`${name} is of another build than this program`);
      const { status, stderr } = await run(mixed("history-worker.cjs"), folder, "git");
      assert.equal(status, 2, stderr);
      assert.match(stderr, refusing("history-worker\\.cjs"));
      // Code is kept then, and threads take it the next time.
      const second = await run(mixed("kept-thread.cjs"), folder, "git");
      assert.equal(second.status, 2, second.stderr);
      assert.match(second.stderr, refusing("kept-thread\\.cjs"));
    })());

  test.each(["look.wasm", "rules.img"])("never let a first look at a commit say that it is clean: %s", (name) =>
    inWorkplace(async ({ folder, write, git }) => {
      git("init", "-q");
      write({ "a.txt": leaky });
      git("add", "a.txt");
      const { status } = await run(mixed(name), folder, "git", "--staged");
      assert.equal(status, name === "look.wasm" ? 1 : 2);
    })(),
  );
});
