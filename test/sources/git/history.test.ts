import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { HistoryOptions } from "../../../src/sources/git/history/history.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook } from "./git-kit.ts";

const token = crcToken(1);
const other = crcToken(2);
const leak = `first\nkey = ${token}\nlast\n`;

async function scanned(kit: GitKit, options: Partial<HistoryOptions> = {}) {
  const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook, ...options });
  assert.deepEqual(coverage.skipped, []);
  return candidates.map(({ secret, provenance, span }) => ({
    secret: secret.reveal(),
    line: span.startLine,
    ...provenance,
  }));
}

const places = async (kit: GitKit, options: Partial<HistoryOptions> = {}) =>
  (await scanned(kit, options)).map(({ commit, path, line }) => [commit, path, line]);

/** Every way in which git may keep the same objects. */
const STORES: Record<string, (kit: GitKit) => void> = {
  loose: () => {},
  "in one pack": (kit) => kit.git("repack", "-adfq", "--depth=50"),
};

for (const [store, pack] of Object.entries(STORES)) {
  describe(`a history whose objects are ${store}`, () => {
    test("a token that was added and removed is placed where it came in", async () => {
      const kit = new GitKit();
      kit.commit({ "a.txt": "first\n" });
      const added = kit.commit({ "a.txt": leak });
      kit.commit({ "a.txt": "first\nlast\n" });
      pack(kit);
      assert.deepEqual(await places(kit), [[added, "a.txt", 2]]);
    });

    test("what moves, or stands in a file that others change, is told once", async () => {
      const kit = new GitKit();
      const added = kit.commit({ "a.txt": leak });
      kit.commit({ "a.txt": `${leak}more\n` });
      kit.commit({ "a.txt": null, "sub/b.txt": `${leak}more\n` });
      kit.commit({ "sub/b.txt": null, "c.txt": `zero\n${leak}more\nand more\n` });
      pack(kit);
      assert.deepEqual(await places(kit), [[added, "a.txt", 2]]);
    });

    test("a second place of the same token is told too", async () => {
      const kit = new GitKit();
      const first = kit.commit({ "a.txt": leak });
      const second = kit.commit({ "b.txt": `copied: ${token}\n` });
      const third = kit.commit({ "a.txt": `${leak}again ${token}\n` });
      pack(kit);
      assert.deepEqual(await places(kit), [
        [first, "a.txt", 2],
        [second, "b.txt", 1],
        [third, "a.txt", 4],
      ]);
    });

    test("a branch that was merged keeps its own commit, and content that only the merge has is found", async () => {
      const kit = new GitKit();
      kit.commit({ "a.txt": "one\n", "m.txt": "x\n" });
      kit.git("checkout", "-qb", "side");
      const side = kit.commit({ "side.txt": leak });
      kit.git("checkout", "-q", "main");
      kit.commit({ "b.txt": "two\n" });
      kit.git("merge", "-q", "--no-commit", "side");
      const merge = kit.commit({ "m.txt": `x\n${other}\n` }, "evil");
      kit.git("branch", "-qD", "side");
      pack(kit);
      assert.deepEqual(await places(kit), [
        [side, "side.txt", 2],
        [merge, "m.txt", 2],
      ]);
    });

    test("an octopus merge is like any other", async () => {
      const kit = new GitKit();
      kit.commit({ "a.txt": "one\n" });
      const sides = ["x", "y", "z"].map((name, i) => {
        kit.git("checkout", "-q", "-b", name, "main");
        return [kit.commit({ [`${name}.txt`]: `${crcToken(10 + i)}\n` }), `${name}.txt`, 1];
      });
      kit.git("checkout", "-q", "main");
      kit.tick();
      kit.git("merge", "-q", "-m", "all", "x", "y", "z");
      pack(kit);
      assert.deepEqual(await places(kit), sides);
    });

    test("a token that a terminal's colours part is told, also where all of that is percent-encoded", async () => {
      const kit = new GitKit();
      const run = `${token.slice(0, 9)}\u001b[31m${token.slice(9)}`;
      const percent = [...Buffer.from(run)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
      const clear = kit.commit({ "a.txt": `first\n${run}` });
      const hidden = kit.commit({ "b.txt": `first\n\n${percent}\n` });
      pack(kit);
      assert.deepEqual(await places(kit), [
        [clear, "a.txt", 2],
        [hidden, "b.txt", 3],
      ]);
    });

    test("messages of commits and tags, notes, names of files and refs are read", async () => {
      const kit = new GitKit();
      const commit = kit.commit({ [`${crcToken(3)}.txt`]: "x\n" }, `say ${crcToken(4)}`);
      kit.git("tag", "-a", "v1", "-m", `tagged with ${crcToken(5)}`);
      kit.git("notes", "add", "-m", `noted ${crcToken(6)}`);
      kit.git("branch", `b/${crcToken(7)}`);
      pack(kit);
      const found = await scanned(kit);
      assert.deepEqual(
        found.map(({ kind, secret }) => [kind, secret]).sort(),
        [
          ["commit-message", crcToken(4)],
          ["file", crcToken(6)],
          ["path", crcToken(3)],
          ["ref", crcToken(7)],
          ["tag-message", crcToken(5)],
        ].sort(),
      );
      assert.equal(found.find(({ kind }) => kind === "path")?.commit, commit);
      assert.equal(found.find(({ kind }) => kind === "tag-message")?.commit, commit);
      assert.equal(found.find(({ kind }) => kind === "tag-message")?.ref, "refs/tags/v1");
    });

    test("a tagged blob, a tagged tree and a replacement are reached without any commit", async () => {
      const kit = new GitKit();
      kit.commit({ "a.txt": "one\n" });
      const blob = kit.run(["hash-object", "-w", "--stdin"], `${crcToken(3)}\n`);
      kit.git("tag", "blob", blob);
      const inTree = kit.run(["hash-object", "-w", "--stdin"], `${crcToken(4)}\n`);
      kit.git("tag", "tree", kit.run(["mktree"], `100644 blob ${inTree}\tdeep.txt\n`));
      const instead = kit.run(["hash-object", "-w", "--stdin"], `${crcToken(5)}\n`);
      kit.git("replace", kit.git("rev-parse", "HEAD:a.txt"), instead);
      pack(kit);
      const found = (await scanned(kit)).map(({ secret, path, object }) => [secret, path, object]);
      assert.deepEqual(
        found.sort(),
        [
          [crcToken(3), undefined, blob],
          [crcToken(4), "deep.txt", inTree],
          [crcToken(5), undefined, instead],
        ].sort(),
      );
    });

    test("what no ref reaches is left out unless asked for", async () => {
      const kit = new GitKit();
      kit.commit({ "a.txt": "one\n" });
      kit.commit({ "a.txt": leak });
      pack(kit);
      kit.git("reset", "-q", "--hard", "HEAD~1");
      assert.deepEqual(await scanned(kit), []);
      assert.deepEqual(
        (await scanned(kit, { unreachable: true })).map(({ secret }) => secret),
        [token],
      );
    });

    test("a range holds only what its commits brought", async () => {
      const kit = new GitKit();
      const first = kit.commit({ "a.txt": leak });
      const second = kit.commit({ "a.txt": `${leak}${other}\n` });
      kit.git("checkout", "-qb", "side", first);
      kit.commit({ "s.txt": `${crcToken(8)}\n` });
      pack(kit);
      assert.deepEqual(await places(kit, { revisions: [`${first}..main`] }), [[second, "a.txt", 4]]);
      assert.deepEqual(await places(kit, { revisions: ["main"], sinceCommit: first }), [[second, "a.txt", 4]]);
      assert.equal((await places(kit, { revisions: ["side"] })).length, 2);
      assert.deepEqual(await places(kit, { paths: ["s.txt"] }).then((all) => all.map(([, path]) => path)), ["s.txt"]);
    });

    test("the author and the time of the commit are told", async () => {
      const kit = new GitKit();
      kit.commit({ "a.txt": leak });
      pack(kit);
      const [found] = await scanned(kit);
      assert.deepEqual(found?.author, { name: "Ada", email: "ada@example.org" });
      assert.deepEqual(found?.authoredAt, new Date(1_700_000_060_000));
    });
  });
}

test("when it is enough, what was found so far is placed, and what was not scanned is told", async () => {
  const kit = new GitKit();
  const first = kit.commit({ "a.txt": leak });
  kit.git("repack", "-dq");
  const second = kit.commit({ "sub/b.txt": `key = ${other}\n` });
  kit.git("repack", "-dq");
  kit.commit({ "c.txt": `key = ${crcToken(3)}\n` });
  const { candidates, coverage } = await scanHistory({
    gitDir: kit.dir,
    rulebook,
    isEnough: (objects) => objects >= 2,
  });
  const found = candidates.map(({ secret, provenance: { commit, path } }) => [secret.reveal(), commit, path]);
  // Packs come in no order that git promises; the scan ends behind the first.
  assert.equal(found.length, 1);
  assert.deepEqual(found[0], found[0]?.[0] === token ? [token, first, "a.txt"] : [other, second, "sub/b.txt"]);
  assert.deepEqual([coverage.commits, coverage.skipped.length], [3, 1]);
  assert.match(coverage.skipped[0]?.why ?? "", /^the time was over after 2 objects/);
});
