import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { loadGitCore, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { GitLists } from "../../../src/sources/git/core/git-lists.ts";
import { TREE } from "../../../src/sources/git/object-id.ts";
import { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { roomToLoad } from "../../../src/sources/git/objects/pack-loader.ts";
import type { PackTable } from "../../../src/sources/git/objects/pack-table.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { FamilyScan, withDescendants } from "../../../src/sources/git/scan/family-scan.ts";
import { plainMatcher } from "../../../src/sources/git/core/matcher.ts";
import { openPack, PackRegion, TEXTS } from "../../../src/sources/git/scan/pack-pass.ts";
import { Sifter } from "../../../src/sources/git/scan/sifter.ts";
import { workspaceOf } from "../../../src/sources/git/core/workspace.ts";
import { GitKit, rulebook } from "./git-kit.ts";

/** Files in some versions, two of them far apart in the pack and one longer than is read at once. */
function packed(): GitKit {
  const kit = new GitKit();
  let seed = 1;
  const noise = (bytes: number) => {
    const words = new Uint32Array(bytes / 4).map(() => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0));
    return Buffer.from(words.buffer);
  };
  const commands: (string | Buffer)[] = [];
  const own = Array.from({ length: 40 }, (_, file) => noise(file === 20 ? 1_300_000 : file % 4 === 0 ? 60_000 : 2000));
  for (let version = 0; version < 8; version++) {
    commands.push(`commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + version} +0000\ndata 1\nm\n`);
    for (const [file, bytes] of own.entries()) {
      if (version > 0 && (file + version) % 3 === 0) continue;
      const text = Buffer.concat([bytes, Buffer.from(`version ${version}\n`), noise(400)]);
      commands.push(`M 100644 inline d${file % 5}/f${file}\ndata ${text.length}\n`, text, "\n");
    }
  }
  kit.run(["fast-import", "--quiet", "--force"], Buffer.concat(commands.map((part) => Buffer.from(part))));
  kit.git("repack", "-adfq", "--depth=50");
  return kit;
}

test("what is gathered of a pack is read to where its addresses say, whichever families that are", () => {
  const store = new ObjectStore(openRepository(packed().dir, process.env), ({ why }) => assert.fail(why));
  const matcher = plainMatcher(rulebook);
  const space = workspaceOf(matcher);
  const region = (name: string, bytes: number) => space.region(name, bytes);
  const asked: Partial<GitAsked> = {};
  const git = loadGitCore(matcher.memory, (bytes) => region("git core", bytes), asked);
  const lists = new GitLists(git, matcher.memory, region);
  const scan = new FamilyScan(matcher, lists, asked, new Sifter(rulebook));
  const pack = store.packs[0] ?? assert.fail();
  const { table, file } = openPack(pack, matcher, new PackRegion(matcher, pack.size), false, lists, asked);
  const bytes = readFileSync(pack.path);
  const start = region("loaded", roomToLoad(pack.size));
  const streamOf = ({ offset, head }: PackTable, rank: number) =>
    bytes.subarray((offset[rank] ?? 0) + (head[rank] ?? 0), offset[rank + 1]);
  const holdEach = (ranks: readonly number[], addresses: Uint32Array) => {
    const room: (readonly [from: number, to: number])[] = [];
    for (const rank of ranks) {
      const stream = streamOf(table, rank);
      const at = addresses[rank] ?? 0;
      assert.ok(stream.equals(Buffer.from(matcher.memory.buffer, at, stream.length)), `entry ${rank}`);
      room.push([at, at + stream.length]);
    }
    room.sort(([a], [b]) => a - b);
    assert.ok(room.every(([from], i) => from >= (room[i - 1]?.[1] ?? start)));
    assert.ok((room.at(-1)?.[1] ?? start) <= start + pack.size);
  };
  const needed = new Uint8Array(table.count).fill(1);
  const roots = table.roots(TEXTS);
  const addressesNow = () =>
    new Uint32Array(matcher.memory.buffer, region("addresses of families", 4 * table.count + 64), table.count);
  for (const some of [roots, roots.filter((_, i) => i % 2 === 0), roots.filter((_, i) => i % 7 === 3)]) {
    assert.equal(scan.gather(table, some, needed, pack.size), some.length);
    file.load(matcher.memory, git, start);
    holdEach(
      [...some].flatMap((root) => withDescendants(table, root)),
      addressesNow(),
    );
  }

  // As many as there is room for, and none where there is no room for the first.
  const bytesOf = (root: number) =>
    withDescendants(table, root).reduce(
      (sum, rank) => sum + (table.offset[rank + 1] ?? 0) - (table.offset[rank] ?? 0),
      0,
    );
  const three = [...roots.subarray(0, 3)].reduce((sum, root) => sum + bytesOf(root), 0);
  assert.equal(scan.gather(table, roots, needed, three - 1), 2);
  assert.equal(scan.gather(table, roots, needed, bytesOf(roots[0] ?? 0) - 1), 0);
  assert.equal(scan.gather(table, roots, needed, three), 3);
  file.load(matcher.memory, git, start);
  holdEach(
    [...roots.subarray(0, 3)].flatMap((root) => withDescendants(table, root)),
    addressesNow(),
  );

  const trees = [...table.type.keys()].filter((rank) => table.type[rank] === TREE);
  const addresses = scan.loadTrees(
    table,
    () => start,
    (at) => file.load(matcher.memory, git, at),
  );
  holdEach(trees, addresses);
  file.close();
  store.close();
});
