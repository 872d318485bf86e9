// Objects whose ids begin alike: anybody can make two of them within a second.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const idOf = (content: string) =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(content)}\0${content}`)
    .digest("hex");

/** A file with each token, whose ids begin with the same four bytes; that with the lesser id first. */
function alike(one: string, other: string): readonly [string, string] {
  const known = new Map<string, string>();
  for (let n = 0; ; n++) {
    const [first, second] = [one, other].map((token) => `const key = "${token}"; // ${n}\n`) as [string, string];
    known.set(idOf(first).slice(0, 8), first);
    const twin = known.get(idOf(second).slice(0, 8));
    if (twin !== undefined) return idOf(twin) < idOf(second) ? [twin, second] : [second, twin];
  }
}

/** Writes an object as it is given, sound or not. */
const hashed = (folder: string, kind: string, input: string | Buffer) =>
  execFileSync("git", ["hash-object", "-t", kind, "-w", "--literally", "--stdin"], { cwd: folder, input })
    .toString()
    .trim();

describe("files whose ids begin alike", () => {
  const [lesser, greater] = alike(crcToken(61), crcToken(62));

  test.each([
    [lesser, greater],
    [greater, lesser],
  ])("keep their places when one takes the place of the other", (before, after) =>
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet", "--initial-branch=main");
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.txt`, `${i}\n`]));
      const one = commit("One", { ...many, "x.js": before });
      const two = commit("Two", { "x.js": after });
      git("repack", "-adfq", "--depth=5");
      const { stdout, stderr } = await patrol(["git", "-f", "json", "-r", "-"]);
      const rows = (JSON.parse(stdout) as Row[]).map(({ Commit, File }) => `${Commit} ${File}`);
      assert.deepEqual(rows.toSorted(), [`${one} x.js`, `${two} x.js`].toSorted(), stderr);
    })(),
  );

  test(
    "keep their places in trees that hold a name twice",
    inWorkplace(async ({ git, commit, patrol, folder }) => {
      git("init", "--quiet", "--initial-branch=main");
      const many = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`f${i}.txt`, `${i}\n`]));
      commit("One", many);
      const entries = git("ls-tree", "-r", "HEAD").split("\n");
      const blobs = alike(crcToken(61), "nothing").toSorted((a) => (a.includes("nothing") ? 1 : -1));
      const [leak = "", like = ""] = blobs.map((text) => hashed(folder, "blob", text));
      const madeOf = (...own: readonly string[]) => {
        const rows = [
          ...entries.map((row) => [row.slice(53), row.slice(12, 52)] as const),
          ...own.map((id) => ["x.js", id] as const),
        ];
        const bytes = rows.flatMap(([name, id]) => [Buffer.from(`100644 ${name}\0`), Buffer.from(id, "hex")]);
        return hashed(folder, "tree", Buffer.concat(bytes));
      };
      const trees = [madeOf(like), madeOf(leak), madeOf(leak, like), madeOf(like, leak)];
      const commits: string[] = [];
      for (const tree of trees)
        commits.push(git("commit-tree", tree, "-m", "made", ...commits.slice(-1).flatMap((parent) => ["-p", parent])));
      git("update-ref", "refs/heads/main", commits.at(-1) ?? "");
      git("repack", "-adfq", "--depth=5");
      const { stdout, stderr } = await patrol(["git", "-f", "json", "-r", "-"]);
      const rows = (JSON.parse(stdout) as Row[]).map(({ Commit, File }) => `${Commit} ${File}`);
      assert.deepEqual(rows, [`${commits[1]} x.js`], stderr);
    }),
  );
});
