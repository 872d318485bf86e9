// The same content by every way that sees it: staged, before a commit, in the folder, in the history and in a push.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, test } from "vitest";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import type { Row } from "../../src/report/row.ts";
import { builtProgram } from "../support/hooks.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

beforeAll(builtProgram);

const PATHS = ["a.txt", "b/deep/er.env", "\u00fc.txt", "x y.md", "q'uote\".txt", "new\nline.txt", "-dash", "tab\t.js"];

test(
  "what is found in contents, names and links is found by every way, at the same place",
  inWorkplace(async ({ folder, git, commit, patrol }) => {
    const random = seededRandom(11);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
    const tokens: string[] = [];
    const token = () => {
      const made = crcToken(1100 + tokens.length);
      tokens.push(made);
      return made;
    };
    const encoded = (encoding: BufferEncoding) => Buffer.from(` ${token()} `).toString(encoding);
    const wrapped = () =>
      (
        Buffer.from(`said before: ${token()} `.repeat(2))
          .toString("base64")
          .match(/.{1,64}/g) ?? []
      ).join("\n  ");
    const line = () =>
      pick([
        () => `key = "${token()}"`,
        () => `v: ${encoded("base64")}`,
        () => `v: ${encoded("hex")}`,
        () => `v: |\n  ${wrapped()}`,
        () => `u=${encodeURIComponent(`"${token()}"`)}`,
        () => `t=${token()} // patrol:allow`,
        () => `nothing ${random()}`,
      ])();
    const content = () =>
      pick([
        () => Buffer.from(`${line()}\n${line()}\r\n${line()}`),
        () => Buffer.from(`\ufeff${line()}\n${line()}\n`, "utf16le"),
        () => Buffer.from(`${"y".repeat(70_000)}\n${line()}\n`),
      ])();
    const path = () =>
      pick([
        () => pick(PATHS),
        () => pick(PATHS),
        () => `${token()}/${pick(PATHS)}`,
        () => `s/${token()}.txt`,
        () => `s/${encoded("base64url")}`,
        () => `s/x=${token()}\n${token()}`,
      ])();
    git("init", "--quiet", "--initial-branch=main");
    const before = commit("Base", { base: "base\n" });
    for (const at of new Set(Array.from({ length: 24 }, path))) {
      mkdirSync(dirname(join(folder, at)), { recursive: true });
      if (random() < 0.2) symlinkSync(`to/${token()}`, join(folder, at));
      else writeFileSync(join(folder, at), content());
    }
    git("add", "--all");
    const found = async (args: readonly string[], input = "") => {
      const { stdout } = await patrol([...args, "-f", "json", "-r", "-", "--show-secrets"], { input });
      const told = (JSON.parse(stdout) as Row[]).map(
        ({ RuleID, File, StartLine, StartColumn, EndLine, EndColumn, Secret }) =>
          `${RuleID} ${File} ${StartLine}:${StartColumn}-${EndLine}:${EndColumn} ${Secret}`,
      );
      // By numbers: a test that fails prints no token.
      return told.map((text) => tokens.reduce((words, one, at) => words.replaceAll(one, `<${at}>`), text)).sort();
    };
    const staged = await found(["git", "--staged"]);
    assert.ok(staged.length > 20, `${staged.length} found`);
    assert.deepEqual(await found(["dir"]), staged, "dir");
    assert.deepEqual(await found(["git", "--pre-commit"]), staged, "--pre-commit");
    const after = commit("More");
    assert.deepEqual(await found(["git"]), staged, "git");
    const push = `refs/heads/main ${after} refs/heads/main ${before}\n`;
    assert.deepEqual(await found(["hook", "run", "pre-push", "origin", "there"], push), staged, "push");
  }),
);
