import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "vitest";
import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { LazyStore } from "../../../src/sources/git/objects/lazy-store.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook } from "./git-kit.ts";

/** Writes a tree as it is given, sound or not. */
function writeTree(kit: GitKit, ...entries: readonly (readonly [start: string, id: string])[]): string {
  const bytes = Buffer.concat(entries.flatMap(([start, id]) => [Buffer.from(start, "latin1"), Buffer.from(id, "hex")]));
  return kit.run(["hash-object", "-t", "tree", "-w", "--literally", "--stdin"], bytes);
}

const writeBlob = (kit: GitKit, text: string) => kit.run(["hash-object", "-w", "--stdin"], text);

function commitTree(kit: GitKit, tree: string, ...parents: readonly string[]): string {
  const commit = kit.git("commit-tree", tree, "-m", "made", ...parents.flatMap((parent) => ["-p", parent]));
  kit.git("update-ref", "refs/heads/main", commit);
  return commit;
}

/** A tree that holds another one twice, and that one the next, so deep: 2 ** deep places for one file. */
function spreadTree(kit: GitKit, leaf: string, deep: number): string {
  let tree = leaf;
  for (let level = 0; level < deep; level++) tree = writeTree(kit, ["40000 a\0", tree], ["40000 b\0", tree]);
  return tree;
}

const found = ({ candidates }: Awaited<ReturnType<typeof scanHistory>>) =>
  candidates.map(({ provenance: { path } }) => path).sort();
const why = ({ coverage }: Awaited<ReturnType<typeof scanHistory>>) => coverage.skipped.map((item) => item.why);

describe("a repository that was made to keep a scanner busy", () => {
  test("trees that hold each other twice, sixty deep, take no time while nothing is in them", async () => {
    const kit = new GitKit();
    const leaf = writeTree(kit, ["100644 f\0", writeBlob(kit, "nothing\n")]);
    commitTree(kit, spreadTree(kit, leaf, 60));
    const result = await scanHistory({ gitDir: kit.dir, rulebook });
    assert.deepEqual([found(result), why(result), result.coverage.commits], [[], [], 1]);
  });

  test("a secret at more places than anybody can look at is told, and that not all of them were looked at", async () => {
    const kit = new GitKit();
    const leaf = writeTree(kit, ["100644 f\0", writeBlob(kit, `${crcToken(1)}\n`)]);
    commitTree(kit, spreadTree(kit, leaf, 16));
    const result = await scanHistory({ gitDir: kit.dir, rulebook });
    assert.ok(found(result).length > 1000);
    assert.ok(why(result).every((text) => text === "trees stand at too many places to look at all of them"));
    assert.notDeepEqual(why(result), []);
  });

  test("a file renamed out of such trees is told within bounds", async () => {
    const kit = new GitKit();
    const leaf = writeTree(kit, ["100644 f\0", writeBlob(kit, "nothing\n")]);
    const first = commitTree(kit, spreadTree(kit, leaf, 40));
    commitTree(kit, writeTree(kit, ["100644 g\0", writeBlob(kit, `${crcToken(1)}\n`)]), first);
    const result = await scanHistory({ gitDir: kit.dir, rulebook });
    assert.deepEqual([found(result), why(result)], [["g"], []]);
  });
});

describe("a damaged tree", () => {
  test("is named when an entry of it has no mode, and what stands before is told", async () => {
    const kit = new GitKit();
    const secret = writeBlob(kit, `${crcToken(1)}\n`);
    const first = commitTree(kit, writeTree(kit, ["100644 a\0", secret]));
    const tree = writeTree(kit, ["100644 a\0", secret], ["100644b\0", secret]);
    commitTree(kit, tree, first);
    const result = await scanHistory({ gitDir: kit.dir, rulebook });
    assert.deepEqual(found(result), ["a"]);
    assert.deepEqual(result.coverage.skipped, [{ what: `tree ${tree}`, why: "an entry of it is damaged" }]);
  });

  test("is named when it is missing, wherever it stands", async () => {
    const kit = new GitKit();
    const secret = writeBlob(kit, `${crcToken(1)}\n`);
    const away = "0123456789".repeat(4);
    const first = commitTree(kit, writeTree(kit, ["100644 a\0", secret]));
    const below = writeTree(kit, ["40000 c\0", away]);
    commitTree(kit, writeTree(kit, ["100644 a\0", secret], ["40000 b\0", below]), first);
    const result = await scanHistory({ gitDir: kit.dir, rulebook });
    assert.deepEqual(found(result), ["a"]);
    assert.deepEqual(
      result.coverage.skipped.map(({ what }) => what),
      [`tree ${away}`],
    );
  });
});

describe("a repository whose files are not what they seem", () => {
  test("is not read where a ref is a pipe that nobody writes to, since git would wait for it", async () => {
    const kit = new GitKit();
    kit.commit({ "a.txt": `${crcToken(1)}\n` });
    execFileSync("mkfifo", [join(kit.dir, ".git/refs/heads/pipe")]);
    await assert.rejects(scanHistory({ gitDir: kit.dir, rulebook }), /refs\/heads\/pipe is a pipe or a device/);
  });

  test("lists what is below a tree, or says that nobody could", () => {
    const kit = new GitKit();
    const leaf = writeTree(kit, ["100644 f\0", writeBlob(kit, "nothing\n")]);
    const store = new LazyStore(openRepository(kit.dir));
    const paths = [...store.below(spreadTree(kit, leaf, 2))].map(({ path }) => path);
    assert.deepEqual(paths.sort(), ["a/a/f", "a/b/f", "b/a/f", "b/b/f"]);
    assert.throws(() => [...store.below(spreadTree(kit, leaf, 40))], BrokenObject);
  });
});
