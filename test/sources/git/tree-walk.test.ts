import assert from "node:assert/strict";
import { test } from "vitest";
import { LISTS } from "../../../src/sources/git/core/git-lists.ts";
import { buildGraph } from "../../../src/sources/git/history/history-graph.ts";
import { readRefsSince } from "../../../src/sources/git/refs.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { matcherFor } from "../../../src/sources/git/core/matcher.ts";
import { EVERYTHING, ObjectPass } from "../../../src/sources/git/scan/object-pass.ts";
import { reachTrees } from "../../../src/sources/git/history/marked-trees.ts";
import { GitKit, rulebook } from "./git-kit.ts";

test("a walk over trees begins with none to look into, whatever the walk over commits left behind", async () => {
  const kit = new GitKit();
  for (let i = 0; i < 12; i++) kit.commit({ [`folder/${i % 3}/file`]: `${i}\n` });
  kit.git("gc", "--quiet");
  const repository = openRepository(kit.dir);
  const pass = new ObjectPass(repository, { rulebook }, matcherFor(rulebook));
  try {
    await pass.scanAll(EVERYTHING);
    const refs = readRefsSince(repository, undefined).list;
    const { commits } = buildGraph(refs, {}, pass.store, pass.commits, pass.asked, ({ why }) => assert.fail(why));
    assert.equal(commits.length, 12);
    const { lists } = await pass.treeIndex();
    const left = () => lists.git.listLength(LISTS.stack);
    assert.equal(left(), 0);
    for (let i = 0; i < 12; i++) lists.git.push(LISTS.stack, i);
    await reachTrees(pass, commits, () => false);
    assert.equal(left(), 0);
  } finally {
    pass.close();
  }
});
