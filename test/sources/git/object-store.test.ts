import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "vitest";
import { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { GitKit } from "./git-kit.ts";

/** Versions of one file, which git packs as one chain of deltas or few. */
function versions(lines: number): { kit: GitKit; ids: string[] } {
  const kit = new GitKit();
  const text = Array.from({ length: lines }, (_, line) => `line ${line} of many, ${line * line}`);
  for (let version = 0; version < 16; version++) {
    text[(version * 37) % lines] = `changed by ${version}`;
    kit.commit({ "a.txt": `${text.join("\n")}\n` });
  }
  kit.git("repack", "-adfq", "--depth=50", "--window=50");
  const ids = Array.from({ length: 16 }, (_, back) => kit.git("rev-parse", `HEAD~${back}:a.txt`));
  return { kit, ids };
}

test.each([
  ["small", 300],
  ["larger than what is kept of the way to them", 40_000],
])("objects of a chain stay as they are while others are read, in whatever order: %s", (_, lines) => {
  const { kit, ids } = versions(lines);
  const expected = ids.map((id) => execFileSync("git", ["cat-file", "blob", id], { cwd: kit.dir, maxBuffer: 2 ** 28 }));
  // By id is in no order at all.
  for (const order of [ids, [...ids].reverse(), [...ids].sort()]) {
    const store = new ObjectStore(openRepository(kit.dir), ({ why }) => assert.fail(why));
    const read = new Map(order.map((id) => [id, store.read(id)?.bytes]));
    store.close();
    for (const [version, id] of ids.entries()) assert.ok(read.get(id)?.equals(expected[version] as Buffer), id);
  }
});
