import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { batchFamilies, takeBatches } from "../../../src/sources/git/scan/family-batches.ts";
import { loadGitCore, TABLES_END } from "../../../src/sources/git/core/git-core.ts";
import { GitLists } from "../../../src/sources/git/core/git-lists.ts";
import { Memory } from "../../../src/sources/git/core/webassembly.ts";
import type { FamilyWork } from "../../../src/sources/git/objects/pack-table.ts";
import type { ScanProgress } from "../../../src/sources/git/progress.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook } from "./git-kit.ts";

/** Twelve files in so many versions, packed: one pack for each number. */
function manyFiles(...packs: readonly number[]): GitKit {
  const kit = new GitKit();
  for (const [number, versions] of packs.entries()) {
    importVersions(kit, packs[number - 1] ?? 0, versions);
    kit.git("repack", "-dfq", "--depth=50");
  }
  return kit;
}

function importVersions(kit: GitKit, first: number, end: number): void {
  const commands: (string | Buffer)[] = [];
  for (let version = first; version < end; version++) {
    commands.push(`commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + version} +0000\ndata 1\nm\n`);
    if (version === first && first > 0) commands.push("from refs/heads/main^0\n");
    for (let file = 0; file < 12; file++) {
      const lines = Array.from({ length: 40 }, (_, i) => `file ${file} line ${i} ${i < version ? "new" : "old"}\n`);
      if (version >= file) lines.splice(file, 0, `key = ${crcToken(file)}\n`);
      const text = lines.join("");
      commands.push(`M 100644 inline f${file}.txt\ndata ${text.length}\n${text}\n`);
    }
  }
  kit.run(["-c", "fastimport.unpackLimit=100000", "fast-import", "--quiet"], commands.join(""));
}

test.each([
  ["a pack", [30]],
  ["several packs, one after the other,", [10, 20, 25, 30]],
])("two threads find in %s what one finds, and count the same", async (_, packs) => {
  const kit = manyFiles(...packs);
  const names = readdirSync(`${kit.dir}/.git/objects/pack`).filter((name) => name.endsWith(".pack"));
  assert.equal(names.length, packs.length);
  const fast = withEngine(rulebook);
  const run = async (workers: number) => {
    const progress: ScanProgress[] = [];
    const options = { gitDir: kit.dir, rulebook: fast, workers, workersFromBytes: 0 };
    const { candidates, coverage } = await scanHistory({ ...options, onProgress: (step) => progress.push(step) });
    assert.deepEqual([progress.at(-1)?.objects, progress.at(-1)?.bytes], [coverage.objects, coverage.bytes]);
    const places = candidates.map(({ provenance: { commit, path }, span }) => [commit, path, span.startLine]);
    return { places, coverage };
  };
  const one = await run(1);
  assert.equal(one.places.length, 12);
  assert.deepEqual(await run(2), one);
  assert.deepEqual(await run(3), one);
});

/** Families in memory of their own. */
function workOf(roots: Int32Array, costs: Float64Array): FamilyWork {
  const memory = new Memory({ initial: 1 });
  let free = TABLES_END;
  const room = (_: string, bytes: number) => {
    const at = free;
    free = (at + bytes + 63) & ~63;
    memory.grow(Math.max(0, Math.ceil((free - memory.buffer.byteLength) / 65536)));
    return at;
  };
  const git = loadGitCore(memory, (bytes) => room("", bytes), { room: (_, bytes) => room("", bytes) });
  const lists = new GitLists(git, memory, room);
  return {
    lists,
    count: roots.length,
    roots: lists.put("", roots),
    costs: lists.putBytes("", new Uint8Array(costs.buffer)),
    all: costs.reduce((sum, cost) => sum + cost, 0),
  };
}

test("threads that take families in turn get each of them once, large ones first and alone, and less and less at a time", () => {
  const count = 6000;
  const size = Float64Array.from({ length: count }, (_, i) => 10 + ((i * 7919) % 5000));
  size[700] = 2e6;
  size[4100] = 3e6;
  const batches = batchFamilies(workOf(Int32Array.from(size.keys()), size), 3);
  const turns = [true, false, false].map((isCaller) => takeBatches(batches, isCaller));
  const taken: number[][] = [];
  for (let left = turns; left.length > 0;) {
    left = left.filter((turn) => {
      const { value, done } = turn.next();
      if (done !== true) taken.push([...value]);
      return done !== true;
    });
  }
  assert.deepEqual(taken.slice(1, 3), [[4100], [700]]);
  assert.deepEqual(
    taken.flat().sort((a, b) => a - b),
    [...size.keys()],
  );
  const weights = taken.map((part) => part.reduce((sum, rank) => sum + (size[rank] ?? 0), 0));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  assert.ok(taken.length < 100, `${taken.length} times`);
  assert.ok(weights.every((weight) => weight < all / 6));
  assert.ok(
    weights.slice(-10).every((weight) => weight < all / 150),
    weights.join(" "),
  );
});
