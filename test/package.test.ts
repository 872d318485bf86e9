import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { describe, test } from "vitest";
import { makeStandalone } from "../scripts/package.mjs";
import { freePort } from "./support/free-port.ts";
import { inWorkplace } from "./support/patrol.ts";
import { crcToken } from "./support/tokens.ts";

const folderFor = (name: string) => mkdtempSync(join(tmpdir(), `patrol-${name}-`));
const line = `key = "${crcToken(51)}"\n`;

/** Runs a program with nothing of whoever runs the tests. */
function run(folder: string, program: string, args: readonly string[], input = "", more = {}) {
  const env = { PATH: process.env["PATH"], HOME: folder, LANG: "C.UTF-8", GIT_CONFIG_NOSYSTEM: "1", ...more };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: folder, env, input, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** The sources as a fresh clone has them, with the dependencies beside them and the slow parts of the build done. */
function freshClone(): string {
  const folder = folderFor("clone");
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  });
  for (const name of list.split("\0").filter((path) => /^(?:src|worker|rules|scripts|package|\.npmrc)/.test(path))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(name, join(folder, name));
  }
  for (const name of [
    "core-relaxed.wasm",
    "core-strict.wasm",
    "git-core.wasm",
    "look.wasm",
    "rules.img",
    "embedded.gz",
  ])
    cpSync(join("dist", name), join(folder, "dist", name));
  cpSync("src/engine/compile/training.bin", join(folder, "dist/training.bin"));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  return folder;
}

/** A project that has the packed package, unpacked, and beside it what it depends on: nothing else can be loaded. */
function installed(tarball: string): string {
  const project = folderFor("project");
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, ".bin"), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", modules, "--transform=s/^package/patrol/"]);
  const { bin, dependencies } = JSON.parse(readFileSync(join(modules, "patrol/package.json"), "utf8")) as {
    bin: { patrol: string };
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(resolve("node_modules", name), join(modules, name));
  }
  symlinkSync(join("../patrol", bin.patrol), join(modules, ".bin/patrol"));
  writeFileSync(join(project, "package.json"), "{}");
  return project;
}

describe("the npm package", () => {
  test("is built where a clone is packed, and needs nothing but its own dependencies to scan and to serve", async () => {
    const clone = freshClone();
    const packed = run(clone, "npm", ["pack", "--offline", "--json", "--loglevel=error"]);
    assert.equal(packed.status, 0, packed.stderr);
    const tarball = /patrol-[\d.]+\.tgz/.exec(packed.stdout)?.[0] ?? "";
    const project = installed(join(clone, tarball));
    const patrol = join(project, "node_modules/.bin/patrol");

    const byNpx = run(project, "npx", ["--no-install", "patrol", "stdin"], "nothing\n");
    assert.equal(byNpx.status, 0, byNpx.stderr);
    assert.equal(run(project, patrol, ["stdin"], line).status, 1);
    execFileSync("git", ["init", "--quiet"], { cwd: project });
    writeFileSync(join(project, "a.txt"), line);
    execFileSync("git", ["add", "a.txt"], { cwd: project });
    const staged = run(project, patrol, ["git", "--pre-commit", "--redact", "--staged", "--verbose"]);
    assert.equal(staged.status, 1, staged.stderr);

    const port = String(await freePort());
    const env = { PATH: process.env["PATH"], HOME: project, PORT: port };
    const service = spawn(patrol, ["serve"], { cwd: project, env, stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(createInterface(service.stdout), "line")) as [string];
    assert.match(said, /^Patrol listens on /);
    assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
    service.kill();
    await once(service, "close");
  });
});

/** Files that pay for a second thread. */
const MANY = 4000;

test(
  "the standalone binary scans without Node.js and without any file beside it, and installs itself as a hook",
  inWorkplace(async ({ folder, git, write }) => {
    const program = await makeStandalone(folderFor("standalone"));
    const patrol = (args: readonly string[], input = "") => run(folder, program, args, input);
    assert.equal(patrol(["stdin"], "nothing\n").status, 0);
    assert.equal(patrol(["stdin"], line).status, 1);
    write({ "src/a.txt": line, ".gitleaks.toml": `[[rules]]\nid = "word"\nregex = 'word-[0-9]{4}'\n` });
    assert.equal(patrol(["dir", "src"]).status, 1);
    assert.equal(patrol(["dir", "."], "").status, 0);
    write({ "src/a.txt": "word-1234\n" });
    assert.equal(patrol(["dir", "."], "").status, 1);
    write({ ".gitleaks.toml": "[extend]\nuseDefault = true\n", "src/a.txt": line });

    git("init", "--quiet");
    const told = patrol(["hook", "install"]);
    assert.equal(told.status, 0, told.stderr);
    git("add", ".");
    assert.throws(() => git("commit", "--message", "First"), /This commit was stopped/);
    write({ "src/a.txt": "clean\n" });
    git("add", ".");
    git("commit", "--quiet", "--message", "First");
    assert.equal(patrol(["git"]).status, 0);

    const numbers = Array.from({ length: MANY }, (_, number) => number);
    write(Object.fromEntries(numbers.map((number) => [`many/${number % 40}/${number}.txt`, `${number}\n`])));
    write({ "many/39/leak.txt": line });
    // Node.js tells where the programs of threads come from, and when one ends by an error, which costs the command time only.
    const many = run(folder, program, ["dir", "many", "--threads", "2"], "", { NODE_DEBUG: "worker" });
    assert.equal(many.status, 1, many.stderr);
    assert.match(many.stderr, new RegExp(`${MANY + 1} files scanned`));
    assert.match(many.stderr, /created Worker with ID 1/);
    assert.doesNotMatch(many.stderr, /sieve-worker\.cjs'|gets uncaught exception/);
    assert.match(patrol(["serve"]).stderr, /part of the service, which the standalone binary is not/);
  }),
);
