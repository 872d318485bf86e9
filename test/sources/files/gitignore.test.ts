import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, test } from "vitest";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { Tracked } from "../../../src/sources/git/tracked.ts";
import { walk } from "../../../src/sources/files/walk.ts";

const folder = mkdtempSync(join(tmpdir(), "patrol-gitignore-"));
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = ["fa", "fb", "fab", "faab", "fa.b", "fabc"];
const FOLDERS = ["", "a/", "b/", "ab/", "a/b/", "a/ab/", "b/a.b/", "a/b/aab/"];
const PIECES = ["a", "b", "ab", "a.b", "*", "**", "?", "/", "/", "[ab]", "[!a]", "\\a", ".", "c"];

test("what git leaves out is left out, and nothing else: by names, paths, wildcards and exceptions, in a folder and in those above", () => {
  const random = seededRandom(8);
  const below = (most: number) => Math.floor(random() * most);
  const pick = (from: readonly string[]) => from[below(from.length)]!;
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "core.excludesFile=", ...args], { encoding: "utf8" });
  const write = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const line = () => {
    const pieces = Array.from({ length: 1 + below(4) }, () => pick(PIECES)).join("");
    return `${pick(["", "", "!"])}${pick(["", "", "f", "/"])}${pieces}${pick(["", "", "/", "//"])}`;
  };
  const shown = (paths: readonly string[]) => paths.filter((path) => /f\w+[^/]*$/.test(path)).sort();

  git("init", "--quiet");
  for (const inside of FOLDERS) for (const name of NAMES) write(`${inside}${name}`, "");
  for (let round = 0; round < 60; round++) {
    const written = ["", "a/", "a/b/"].map((at) => {
      const patterns = Array.from({ length: round % 2 === 0 ? below(5) : at === "" ? 1 : 0 }, line);
      write(`${at}.gitignore`, patterns.join("\n"));
      return patterns;
    });
    const tracked = round % 3 === 0 ? FOLDERS.map((inside) => inside + pick(NAMES)) : [];
    if (tracked.length > 0) git("add", "--force", ...tracked);
    const kept = git("ls-files", "-z", "--others", "--cached", "--exclude-standard").split("\0");
    const found = [...walk(folder, { skipped: assert.fail, respectGitignore: (top) => new Tracked(top) })];
    const walked = found.map(({ path }) => path.slice(folder.length + 1));
    assert.deepEqual(shown(walked), shown(kept), JSON.stringify([written, tracked]));
    if (tracked.length > 0) git("rm", "--quiet", "--cached", "-r", ".");
  }
});

test("what git tracks is not left out, however its index is written, nor what patterns of another repository or behind a link say", () => {
  const root = mkdtempSync(join(tmpdir(), "patrol-tracked-"));
  const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { stdio: "pipe" });
  const write = (path: string, content = "") => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const walked = () => {
    const found = [...walk(root, { skipped: assert.fail, respectGitignore: (top) => new Tracked(top) })];
    return found.map(({ path }) => path.slice(root.length + 1)).filter((path) => !path.endsWith("patterns"));
  };
  try {
    git("init", "--quiet");
    write(".gitignore", "\uFEFFout/\n*.env\npatterns\n.gitignore\n");
    for (const path of ["out/a", "out/deep/b", "out/deep/c", "d.env", "é.env", "out2/f", "g"]) write(path);
    assert.deepEqual(walked(), ["g", "out2/f"]);
    git("add", "--force", "out/deep/b", "é.env");
    for (const form of ["--index-version=4", "--split-index", "--no-split-index"]) {
      git("update-index", form);
      assert.deepEqual(walked(), ["g", "out/deep/b", "out2/f", "é.env"], form);
    }
    git("init", "--quiet", "out2/inner");
    write("out2/inner/h.env");
    write("out2/patterns", "f\n");
    symlinkSync("patterns", join(root, "out2/.gitignore"));
    assert.deepEqual(walked(), ["g", "out/deep/b", "out2/f", "out2/inner/h.env", "é.env"]);
    write(".git/index", "no index");
    assert.ok(walked().includes("d.env"), "nobody can say what is tracked");
  } finally {
    rmSync(root, { recursive: true });
  }
});
