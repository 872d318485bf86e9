import { GitLists, LISTS } from "../../../src/sources/git/core/git-lists.ts";
import { CommitTable } from "../../../src/sources/git/objects/commit-table.ts";
import { committedAt, readLinks } from "../../../src/sources/git/objects/commit.ts";
import { ObjectNumbers } from "../../../src/sources/git/objects/object-numbers.ts";
import { Memory } from "../../../src/sources/git/core/webassembly.ts";
import { loadGitCore, TABLES_END, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { hold, type Target } from "../target.ts";

const ID_BYTES = 20;
const ids = Array.from({ length: 5 }, (_, i) => Buffer.alloc(ID_BYTES, 16 + i).toString("hex"));

/** Commits as the table in WebAssembly takes them in, beside what JavaScript reads of them. */
export function commits(): Target {
  const memory = new Memory({ initial: 1 });
  let free = TABLES_END;
  const room = (bytes: number) => {
    const at = free;
    free += Math.ceil(bytes / 64) * 64;
    const missing = Math.ceil((free - memory.buffer.byteLength) / 65536);
    if (missing > 0) memory.grow(missing);
    return at;
  };
  const asked: Partial<GitAsked> = {};
  const scratch = room(1 << 17);
  const regions = new Map<string, { address: number; bytes: number }>();
  const region = (name: string, bytes: number) => {
    const held = regions.get(name);
    if (held !== undefined && held.bytes >= bytes) return held.address;
    const address = room(bytes);
    regions.set(name, { address, bytes });
    return address;
  };
  return {
    name: "commits",
    rounds: 400,
    maxBytes: 4096,
    run(input) {
      const git = loadGitCore(memory, () => scratch, asked);
      const lists = new GitLists(git, memory, region);
      const numbers = new ObjectNumbers([], ID_BYTES);
      asked.room = (list, bytes) => region(`list ${list} of ${bytes}`, bytes);
      asked.stray = (id) => numbers.of(lists.bytes, id >>> 0);
      asked.longTime = (from, to) => Number(lists.bytes.toString("latin1", from >>> 0, to >>> 0));
      numbers.tell(lists, region, true);
      const table = new CommitTable(numbers, lists);
      const bytes = Buffer.from(input);
      const links = readLinks(bytes, 2 * ID_BYTES);
      table.add(0, bytes);
      hold(table.has(0) === (links !== undefined), () => "two readers see a commit and none");
      if (links === undefined) return;
      const isHex = (id: string) => /^[0-9a-f]{40}$/.test(id);
      const seen = [
        numbers.hexOf(table.treeOf(0)),
        ...Array.from(table.parentsOf(0), (parent) => numbers.hexOf(parent)),
      ];
      const read = [links.tree, ...links.parents];
      hold(seen.length === read.length, () => `${seen.length} ids instead of ${read.length}`);
      for (const [i, id] of read.entries()) if (isHex(id)) hold(seen[i] === id, () => `${seen[i]} instead of ${id}`);
      const time = committedAt(bytes, links.end - 1);
      hold(table.timeOf(0) === time, () => `the time ${table.timeOf(0)} instead of ${time}`);
      hold(git.listLength(LISTS.parents) === links.parents.length, () => "more parents than the commit has");
    },
    seeds: () => {
      const [tree, ...parents] = ids;
      const commit = (some: readonly string[], time: string) =>
        Buffer.from(
          `tree ${tree}\n${some.map((id) => `parent ${id}\n`).join("")}author A <a@example.org> 1 +0000\ncommitter C <c@example.org> ${time}\n\nmessage\n`,
        );
      return [
        commit([], "1700000000 +0100"),
        commit(parents, "1 -0000"),
        commit(parents.slice(1), "123456789012345678 +0000"),
        commit([], "1700000000"),
      ];
    },
    words: ["\ncommitter ", "parent ", "tree ", "> 12 +0000\n", "\n\n", "> ", " +"],
  };
}
