// What a path decides: whether rules count there, and rules that look at nothing else.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook as plain, temporaryFolder } from "./git-kit.ts";
import { Drawing, told } from "./place-kit.ts";

const [npm] = plain.rules as [Rule];
const paths = ["^allowed/"];
const allowlist = { condition: "or", paths, commits: [], target: "secret", regexes: [], stopWords: [] } as const;
const rulebook = withEngine(
  compileRulebook([
    { ...npm, allowlists: [allowlist] },
    { ...npm, id: "key-file", name: "key file", pattern: "", keywords: [], checksum: undefined, path: "\\.p12$" },
  ]),
);
const [one, two] = [crcToken(1), crcToken(2)];

/** A tag of a tree that no commit has: a file each. */
function tagTree(kit: GitKit, name: string, files: Readonly<Record<string, string>>): void {
  const entries = Object.entries(files).map(([path, text]) => {
    const [folder = "", file = ""] = path.split("/");
    const blob = kit.run(["hash-object", "-w", "--stdin"], text);
    return `040000 tree ${kit.run(["mktree"], `100644 blob ${blob}\t${file}\n`)}\t${folder}\n`;
  });
  kit.git("tag", name, kit.run(["mktree"], entries.join("")));
}

test("a file of a tagged tree is told at its path, though the same stands where it is allowed", async () => {
  const kit = new GitKit();
  kit.commit({ "allowed/a.txt": `${one}\n` });
  tagTree(kit, "other", { "src/a.txt": `${one}\n` });
  tagTree(kit, "both", { "allowed/b.txt": `${two}\n`, "src/b.txt": `${two}\n` });
  const expected = [`- src/a.txt 1.1-1.40 ${one}`, `- src/b.txt 1.1-1.40 ${two}`];
  assert.deepEqual((await told(kit, new Map(), { rulebook })).sort(), expected);
  const cache = join(temporaryFolder(), "cache");
  for (let scan = 0; scan < 2; scan++)
    assert.deepEqual((await told(kit, new Map(), { rulebook, cache })).sort(), expected);
});

test("a file of a tagged tree is told where a rule asks for its path, though the same was told elsewhere for what other rules find in it", async () => {
  const kit = new GitKit();
  const env: Rule = { ...npm, id: "env", name: "env", pattern: "SECRET=([A-Z]{12})", secretGroup: 1, keywords: [] };
  const rules = [npm, { ...env, path: "\\.env$", checksum: undefined, allowlists: [] }];
  const text = `${one}\nSECRET=ABCDEFGHIJKL\n`;
  kit.commit({ "a.txt": text });
  for (const name of ["first", "second"]) tagTree(kit, name, { "src/b.env": text, "src/b.txt": text });
  const expected = [`- src/b.env 2.8-2.19 ABCDEFGHIJKL`, `0 a.txt 1.1-1.40 ${one}`];
  const ids = new Map([["0", kit.git("rev-parse", "HEAD")]]);
  const cache = join(temporaryFolder(), "cache");
  for (const more of [{}, { cache }, { cache }]) {
    const found = await told(kit, ids, { rulebook: withEngine(compileRulebook(rules)), ...more });
    assert.deepEqual(found.sort(), expected);
  }
});

test("of a part of a history, a merge does not bring the key file that the other side had", async () => {
  const kit = new GitKit();
  const drawing = new Drawing();
  drawing.commit("base", { "a.txt": "one\n" });
  drawing.commit("main", { "a.txt": "one\n", "main.p12": "m\n" }, { parents: ["base"] });
  drawing.commit("feature", { "a.txt": "one\n", "mine.p12": "f\n" }, { parents: ["base"] });
  const files = { "a.txt": "one\n", "main.p12": "m\n", "mine.p12": "f\n", "merged.p12": "x\n" };
  drawing.commit("merge", files, { parents: ["feature", "main"] });
  const ids = drawing.write(kit, ["main", "merge"]);
  const found = await told(kit, ids, { rulebook, revisions: ["main..merge"] });
  assert.deepEqual(
    found.map((line) => line.split(" ", 2).join(" ")),
    ["feature mine.p12", "merge merged.p12"],
  );
});

test("a token in a name is told where its rule takes the byte before it", async () => {
  const kit = new GitKit();
  const pattern = "(?:^|[^a-z0-9])(tok[0-9]{12})(?:[^a-z0-9]|$)";
  const tok: Rule = { ...npm, id: "tok", name: "tok", pattern, keywords: [], checksum: undefined, allowlists: [] };
  const names = ["tok123456789012", "tok223456789012"];
  kit.commit({ "a.txt": "one\n", [`${names[0]}.txt`]: "two\n", "z/b.txt": "three\n" });
  kit.git("branch", `${names[1]}`);
  const found = await told(kit, new Map(), { rulebook: withEngine(compileRulebook([tok])) });
  assert.deepEqual(found.map((line) => line.split(" ").at(-1)).sort(), names);
});
