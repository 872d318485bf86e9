// What scans of one process hold between them: memory of WebAssembly never shrinks.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook, type Rulebook } from "../../../src/engine/rulebook.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook as plain } from "./git-kit.ts";

const [npm] = plain.rules as [Rule];
const MEGABYTE = 1 << 20;
const held = (rulebook: Rulebook) => (rulebook.engine?.core?.().memory.buffer.byteLength ?? 0) / MEGABYTE;

/** A history of one commit. */
function history(files: Readonly<Record<string, string | Buffer>>): GitKit {
  const kit = new GitKit();
  kit.git("config", "core.compression", "0");
  kit.commit(files);
  kit.git("repack", "-adq");
  return kit;
}

async function secretsIn({ dir }: GitKit, rulebook: Rulebook): Promise<string[]> {
  const { candidates } = await scanHistory({ gitDir: dir, rulebook, workers: 1 });
  return candidates.map(({ secret }) => secret.reveal());
}

test("a large history takes memory that is let go of, and small ones after it take little", async () => {
  const rulebook = withEngine(plain, { keepsBytes: 512 * MEGABYTE });
  const forShort = withEngine(plain);
  const [one, two] = [crcToken(901), crcToken(902)];
  const small = history({ "a.txt": `key = ${one}\n` });
  assert.deepEqual(await secretsIn(small, rulebook), [one]);
  const usual = held(rulebook);
  const core = rulebook.engine?.core?.() ?? assert.fail();
  const large = history({ "a.bin": randomBytes(70 * MEGABYTE), "b.txt": `key = ${two}\n` });
  assert.deepEqual(await secretsIn(large, forShort), [two]);
  assert.ok(held(forShort) > 512, "nobody said what it may keep");
  assert.deepEqual(await secretsIn(large, rulebook), [two]);
  assert.ok(core.memory.buffer.byteLength > 1.5 * usual * MEGABYTE, "it was large");
  assert.ok(held(rulebook) < usual, "a new one");
  assert.notEqual(rulebook.engine?.core?.(), core);
  for (let scan = 0; scan < 3; scan++) assert.deepEqual(await secretsIn(small, rulebook), [one]);
  assert.ok(held(rulebook) <= usual, `${held(rulebook)} MB after it, ${usual} before`);
});

test("the same history takes no more memory the second time, whatever its files and rules need", async () => {
  // Nothing of the second rule's pattern is rare enough for the core.
  const vague = { ...npm, id: "vague", pattern: "[a-z]{3,}", keywords: [], checksum: undefined };
  const rulebook = withEngine(compileRulebook([npm, vague]));
  const core = rulebook.engine?.core?.() ?? assert.fail();
  assert.deepEqual([core.covers(0), core.covers(1)], [true, false]);
  const token = crcToken(903);
  const { dir } = history({ "wide.txt": Buffer.from(`\ufeffkey = ${token}\n`, "utf16le"), "b.txt": "so it is!\n" });
  for (const book of [withEngine(plain), rulebook]) {
    const sizes: number[] = [];
    for (let scan = 0; scan < 3; scan++) {
      const { candidates } = await scanHistory({ gitDir: dir, rulebook: book, workers: 1 });
      assert.ok(candidates.some(({ secret }) => secret.reveal() === token));
      sizes.push(held(book));
    }
    assert.deepEqual(sizes, Array(3).fill(sizes[0]));
  }
});
