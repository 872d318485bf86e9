import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { batchFamilies, takeBatches } from "../../../src/sources/git/scan/family-batches.ts";
import type { HistoryProgress } from "../../../src/sources/git/history/history.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook } from "./git-kit.ts";

/** Twelve files in thirty versions, packed. */
function manyFiles(): GitKit {
  const kit = new GitKit();
  const commands: (string | Buffer)[] = [];
  for (let version = 0; version < 30; version++) {
    commands.push(`commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + version} +0000\ndata 1\nm\n`);
    for (let file = 0; file < 12; file++) {
      const lines = Array.from({ length: 40 }, (_, i) => `file ${file} line ${i} ${i < version ? "new" : "old"}\n`);
      if (version >= file) lines.splice(file, 0, `key = ${crcToken(file)}\n`);
      const text = lines.join("");
      commands.push(`M 100644 inline f${file}.txt\ndata ${text.length}\n${text}\n`);
    }
  }
  kit.run(["fast-import", "--quiet", "--force"], commands.join(""));
  kit.git("repack", "-adfq", "--depth=50");
  return kit;
}

test("two threads find what one finds, and count the same", async () => {
  const kit = manyFiles();
  const fast = withEngine(rulebook);
  const run = async (workers: number) => {
    const progress: HistoryProgress[] = [];
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

test("threads that take families in turn get each of them once, in batches that weigh about the same", () => {
  const count = 2000;
  const size = Float64Array.from({ length: count }, (_, i) => 10 + ((i * 7919) % 5000));
  size[700] = 2e6;
  const none = new Int32Array(count).fill(-1);
  const table = {
    count,
    size,
    offset: new Float64Array(count + 1),
    head: new Uint8Array(count),
    type: new Uint8Array(count).fill(3),
    base: none,
    firstChild: none,
    nextSibling: none,
    nameOf: new Uint32Array(count),
  };
  const batches = batchFamilies(table, [...size.keys()], 3);
  const [caller, one, other] = [true, false, false].map((isCaller) => takeBatches(batches, isCaller));
  const taken: number[][] = [];
  for (const turn of [caller, one, one, other, caller, one]) taken.push([...(turn?.next().value ?? [])]);
  assert.deepEqual(taken[1], [700], "what takes longest is begun first");
  for (const rest of [other, caller]) for (const batch of rest ?? []) taken.push([...batch]);
  assert.equal(one?.next().done, true);
  assert.deepEqual(
    taken.flat().sort((a, b) => a - b),
    [...size.keys()],
  );
  const weights = taken.map((part) => part.reduce((sum, rank) => sum + (size[rank] ?? 0), 0)).sort((a, b) => b - a);
  assert.ok((weights[1] ?? NaN) < 1.3 * (weights.at(-2) ?? NaN), weights.join(" "));
});
