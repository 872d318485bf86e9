import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, posix, win32 } from "node:path";
import { test } from "vitest";
import { isWithin, withSlashes } from "../../../src/cli/place/native-path.ts";
import { inWorkplace } from "../../support/patrol.ts";
import { hookScript, isOurs, programOf } from "../../../src/cli/hook/script.ts";

test("a folder lies in another by its path's parts, not by its letters", () => {
  assert.equal(isWithin("/home/ada/project/.githooks", "/home/ada/project", posix), true);
  assert.equal(isWithin("/home/ada/project/.githooks", "/home/ada/project/.git", posix), false);
  assert.equal(isWithin("/home/ada/project", "/home/ada/project", posix), true);
  assert.equal(isWithin("/home/ada/project-2", "/home/ada/project", posix), false);
  assert.equal(isWithin("/home/ada/..hooks", "/home/ada", posix), true);
  assert.equal(isWithin("/home/ada", "/home/ada/project", posix), false);
});

test("on Windows both separators part, case says nothing, and drives have nothing in common", () => {
  assert.equal(isWithin("C:\\Ada\\project\\.hooks", "c:/ada/Project", win32), true);
  assert.equal(isWithin("C:\\Ada\\project\\.githooks", "C:/Ada/project/.git", win32), false);
  assert.equal(isWithin("D:\\ada\\project\\.hooks", "C:\\ada\\project", win32), false);
  assert.equal(isWithin("\\\\server\\share\\hooks", "C:\\ada", win32), false);
});

test("reports have slashes, and a backslash in a name stays one where it parts nothing", () => {
  assert.equal(withSlashes("src\\lib\\a.ts", win32), "src/lib/a.ts");
  assert.equal(withSlashes("odd\\name.ts", posix), "odd\\name.ts");
});

test("a hook whose lines end as Windows has them, or whose program lies on a drive, is still known", () => {
  const program = ["C:\\Program Files\\nodejs\\node.exe", "C:\\Users\\O'Hara\\patrol.cjs"];
  const script = hookScript({ type: "pre-commit", runner: "git", program, isGlobal: false });
  for (const text of [script, script.replaceAll("\n", "\r\n")]) {
    assert.equal(isOurs(text), true);
    assert.deepEqual(programOf(text), program);
  }
});

test(
  "a hook in a folder that is committed names no file of one machine, also where the folder's name begins with .git",
  inWorkplace(async ({ folder, git, patrol }) => {
    git("init", "--quiet");
    git("config", "core.hooksPath", ".githooks");
    const { status, stdout } = await patrol(["hook", "install", "--type", "pre-commit"]);
    assert.deepEqual([status, /commit it, so that everyone has it/.test(stdout)], [0, true]);
    assert.ok(!readFileSync(join(folder, ".githooks/pre-commit"), "utf8").includes(process.execPath));
  }),
);
