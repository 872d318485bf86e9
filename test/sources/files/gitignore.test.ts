import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, test } from "vitest";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
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
    const kept = git("ls-files", "-z", "--others", "--exclude-standard").split("\0");
    const found = [...walk(folder, { skipped: assert.fail, respectGitignore: true })];
    const walked = found.map(({ path }) => path.slice(folder.length + 1));
    assert.deepEqual(shown(walked), shown(kept), JSON.stringify(written));
  }
});
