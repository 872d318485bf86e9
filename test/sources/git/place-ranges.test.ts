// What a part of a history is said to have brought: less than a whole one tells, never something that a parent has.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "vitest";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, temporaryFolder } from "./git-kit.ts";
import { Drawing, told } from "./place-kit.ts";

const [one, two, three] = [crcToken(1), crcToken(2), crcToken(3)];

/** Main and a feature that takes main in; each brings a secret, and so does the merge. */
function merged() {
  const kit = new GitKit();
  const drawing = new Drawing();
  drawing.commit("base", { "a.txt": "one\n" });
  drawing.commit("main", { "a.txt": "one\n", "lib/m.txt": `${one}\n` }, { parents: ["base"] });
  drawing.commit("feature", { "a.txt": `one\n${two}\n` }, { parents: ["base"] });
  const files = { "a.txt": `one\n${two}\n`, "lib/m.txt": `${one}\n`, "lib/e.txt": `${three}\n` };
  drawing.commit("merge", files, { parents: ["feature", "main"] });
  drawing.commit("after", { ...files, "lib/m.txt": `# mine\n${one}\n` }, { parents: ["merge"] });
  const ids = drawing.write(kit, ["main", "after"]);
  return { kit, ids };
}

const only = (ids: ReadonlyMap<string, string>, ...names: string[]) =>
  new Set(names.map((name) => ids.get(name) ?? ""));

describe("a part of a history", () => {
  test("does not tell at a merge what the other side had, though that side is left out", async () => {
    const { kit, ids } = merged();
    assert.deepEqual(await told(kit, ids, { revisions: ["main..after"] }), [
      `feature a.txt 2.1-2.40 ${two}`,
      `merge lib/e.txt 1.1-1.40 ${three}`,
    ]);
  });

  test("tells what the commits that were chosen brought, and nothing of others", async () => {
    const { kit, ids } = merged();
    const chosen = (...names: string[]) => told(kit, ids, { revisions: ["after"], commits: only(ids, ...names) });
    assert.deepEqual(await chosen("after"), []);
    assert.deepEqual(await chosen("merge", "after"), [`merge lib/e.txt 1.1-1.40 ${three}`]);
    assert.deepEqual(await chosen("main"), [`main lib/m.txt 1.1-1.40 ${one}`]);
  });

  test("does not tell at a merge the names that the other side had, but those that it or a later commit brings", async () => {
    const kit = new GitKit();
    const drawing = new Drawing();
    const [base, main] = [{ "a.txt": "a\n" }, { "a.txt": "a\n", [`${one}/x/m.txt`]: "m\n", [`l/${two}`]: "l\n" }];
    drawing.commit("base", base);
    drawing.commit("main", main, { parents: ["base"] });
    drawing.commit("feature", { ...base, "f.txt": "f\n" }, { parents: ["base"] });
    const merged = { ...main, "f.txt": "f\n", [`${three}.txt`]: "e\n" };
    drawing.commit("merge", merged, { parents: ["feature", "main"] });
    drawing.line(["merge"], ["after", { ...merged, [`copy/${one}/y.txt`]: "y\n" }]);
    const ids = drawing.write(kit, ["main", "after"]);
    const after = `after copy/${one} 1.6-1.45 ${one}`;
    assert.deepEqual(await told(kit, ids, { revisions: ["main..after~"] }), [`merge ${three}.txt 1.1-1.40 ${three}`]);
    assert.deepEqual(await told(kit, ids, { revisions: ["main..after"] }), [
      after,
      `merge ${three}.txt 1.1-1.40 ${three}`,
    ]);
    assert.deepEqual(await told(kit, ids, { revisions: ["after"], commits: only(ids, "merge"), firstParent: true }), [
      `merge ${one} 1.1-1.40 ${one}`,
      `merge ${three}.txt 1.1-1.40 ${three}`,
      `merge l/${two} 1.3-1.42 ${two}`,
    ]);
  });

  test("tells a line that comes back, when the commit that had it first was not asked for", async () => {
    const kit = new GitKit();
    const drawing = new Drawing();
    const within = { "a.txt": `key = ${one}\n` };
    drawing.line([], ["added", within], ["removed", { "a.txt": "\n" }], ["back", within], ["end", { "b.txt": "b\n" }]);
    const ids = drawing.write(kit, ["end"]);
    assert.deepEqual(await told(kit, ids), [`added a.txt 1.7-1.46 ${one}`]);
    const commits = only(ids, "back", "end");
    assert.deepEqual(await told(kit, ids, { revisions: ["end"], commits }), [`back a.txt 1.7-1.46 ${one}`]);
  });

  test("tells a file that is taken out and put back as it was, wherever it came from", async () => {
    const kit = new GitKit();
    const drawing = new Drawing();
    const [key, other] = [{ "sub/key.txt": `${one}\n` }, { "b.txt": "b\n" }];
    drawing.commit("base", { "c.txt": "c\n" });
    drawing.commit("main", { ...key, "c.txt": "c\n" }, { parents: ["base"] });
    drawing.line(["main"], ["edited", { ...key, ...other }], ["removed", other], ["reverted", { ...key, ...other }]);
    drawing.commit("begun", other, { parents: ["base"] });
    drawing.commit("merged", { ...key, ...other, ...{ "c.txt": "c\n" } }, { parents: ["begun", "main"] });
    drawing.line(["merged"], ["undone", other], ["again", { ...key, "d.txt": "d\n" }]);
    const ids = drawing.write(kit, ["main", "reverted", "again"]);
    assert.deepEqual(await told(kit, ids, { revisions: ["main..reverted"] }), [`reverted sub/key.txt 1.1-1.40 ${one}`]);
    assert.deepEqual(await told(kit, ids, { revisions: ["main..again"] }), [`again sub/key.txt 1.1-1.40 ${one}`]);
  });

  test("is told with a detached HEAD and no ref at all", async () => {
    const kit = new GitKit();
    const first = kit.commit({ "a.txt": `${one}\n` });
    kit.git("checkout", "-q", "--detach");
    kit.git("branch", "-D", "main");
    const ids = new Map([["first", first]]);
    const commits = only(ids, "first");
    assert.deepEqual(await told(kit, ids, { revisions: ["--all"], commits }), [`first a.txt 1.1-1.40 ${one}`]);
  });

  test("by first parents, tells with the merge what it took in", async () => {
    const { kit, ids } = merged();
    const commits = only(ids, "base", "feature", "merge", "after");
    assert.deepEqual(await told(kit, ids, { revisions: ["after"], commits, firstParent: true }), [
      `feature a.txt 2.1-2.40 ${two}`,
      `merge lib/e.txt 1.1-1.40 ${three}`,
      `merge lib/m.txt 1.1-1.40 ${one}`,
    ]);
  });

  test("begins where the history is cut off: what is there came in there", async () => {
    const { kit, ids } = merged();
    const clone = join(temporaryFolder(), "clone");
    kit.git("clone", "-q", "--depth=2", "--branch=after", `file://${kit.dir}`, clone);
    assert.deepEqual(await told(new GitKit(clone, undefined), ids), [
      `merge a.txt 2.1-2.40 ${two}`,
      `merge lib/e.txt 1.1-1.40 ${three}`,
      `merge lib/m.txt 1.1-1.40 ${one}`,
    ]);
  });
});

describe("a second scan", () => {
  test("tells an old file that a new commit copies, and a merge of what was there nothing", async () => {
    const kit = new GitKit();
    const cache = join(temporaryFolder(), "cache");
    const first = kit.commit({ "a.txt": `${one}\n` });
    const second = kit.commit({ "a.txt": `top\n${one}\n` });
    kit.git("repack", "-adq");
    const ids = new Map([
      ["first", first],
      ["second", second],
    ]);
    assert.deepEqual(await told(kit, ids, { cache }), [`first a.txt 1.1-1.40 ${one}`]);
    ids.set("third", kit.commit({ "sub/b.txt": `top\n${one}\n` }));
    const both = [`first a.txt 1.1-1.40 ${one}`, `third sub/b.txt 2.1-2.40 ${one}`];
    assert.deepEqual(await told(kit, ids, { cache }), both);
    assert.deepEqual(await told(kit, ids, { cache }), both);
    assert.deepEqual(await told(kit, ids), both);
  });

  test("tells what commits and tags say that lay there before any ref led to them", async () => {
    const kit = new GitKit();
    const cache = join(temporaryFolder(), "cache");
    const ids = new Map([["first", kit.commit({ "a.txt": "a\n" })]]);
    const said = kit.git("commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", one);
    ids.set("said", said);
    const header = `object ${said}\ntype commit\ntag t\ntagger T <t@example.org> 5 +0000`;
    const tag = kit.run(["mktag"], `${header}\n\n${two}\n`);
    kit.git("repack", "-adq");
    assert.deepEqual(await told(kit, ids, { cache }), []);
    kit.git("update-ref", "refs/tags/t", tag);
    const both = [`said (commit-message) 1.1-1.40 ${one}`, `said (tag-message) 1.1-1.40 ${two}`];
    assert.deepEqual(await told(kit, ids), both);
    assert.deepEqual(await told(kit, ids, { cache }), both);
    assert.deepEqual(await told(kit, ids, { cache }), both);
  });
});
