import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, test } from "vitest";
import { Sieve } from "../../../src/sources/files/sieve.ts";
import { SieveThreads } from "../../../src/sources/files/sieve-threads.ts";
import { coreOf } from "../../support/differential.ts";

const OPTIONS = { maxDecodeDepth: 5, maxBytes: 1 << 20, opensArchives: false };
const core = coreOf([{ id: "demo", pattern: String.raw`\bdemo_[a-z0-9]{12}\b` }]);
const folder = mkdtempSync(join(tmpdir(), "patrol-sieve-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Some hold a token, at an edge of the file or on both sides of the edge between two, some are empty or not there. */
const CONTENTS = ["nothing", "demo_0123456789ab", "", "x demo_01234", "56789ab y", "\0demo_0123456789ab\0", undefined];

const batches = Array.from({ length: 60 }, (_, batch) =>
  Array.from({ length: 8 }, (_, file) => {
    const path = join(folder, `${batch}-${file}`);
    const content = CONTENTS[(batch * 3 + file) % CONTENTS.length];
    if (content !== undefined) writeFileSync(path, content);
    return path;
  }),
);
const expected = batches.map((paths) => new Sieve(core, OPTIONS).sift(paths));

test.each([
  { waits: true, how: "threads that are at work" },
  { waits: false, how: "threads that have not begun" },
])("every batch comes back once from $how, and tells the same", async ({ waits }) => {
  const threads = new SieveThreads<number>({
    threads: 2,
    task: () => ({ ...core.twin(), ...OPTIONS }),
    paysFromFiles: 1,
  });
  const answers = new Map<number, "here" | "there">();
  const take = (batch: number, sifted?: unknown) => {
    assert.ok(!answers.has(batch), `batch ${batch} came back twice`);
    answers.set(batch, sifted === undefined ? "here" : "there");
    if (sifted !== undefined) assert.deepEqual(sifted, expected[batch]);
  };
  const isAtWork = () => [...answers.values()].includes("there");
  try {
    for (const [batch, paths] of batches.entries()) {
      threads.expect(paths.length);
      if (!threads.give(batch, paths)) take(batch);
      do {
        for (const done of await threads.finished()) take(done.batch, done.sifted);
        if (waits && batch === 3 && !isAtWork()) await setTimeout(20);
      } while (waits && batch === 3 && !isAtWork());
    }
    for (let done = await threads.next(); done !== undefined; done = await threads.next()) {
      take(done.batch, done.sifted);
    }
  } finally {
    await threads.close();
  }
  assert.equal(answers.size, batches.length);
});

test("a thread that cannot begin costs nothing but time", async () => {
  const threads = new SieveThreads<number>({
    threads: 1,
    task: () => ({ ...core.twin(), image: new Uint8Array(8), ...OPTIONS }),
    paysFromFiles: 1,
  });
  try {
    threads.expect(100);
    assert.ok(threads.give(0, batches[0] ?? []));
    assert.deepEqual(await threads.next(), { batch: 0 });
    assert.equal(await threads.next(), undefined);
  } finally {
    await threads.close();
  }
});
