import { builtInRules } from "../../../src/config/rulebook.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { loadGitCore, type GitAsked } from "../../../src/sources/git/core/git-core.ts";
import { GitLists, LISTS } from "../../../src/sources/git/core/git-lists.ts";
import { ObjectNumbers } from "../../../src/sources/git/objects/object-numbers.ts";
import { TREE } from "../../../src/sources/git/object-id.ts";
import type { ObjectStore } from "../../../src/sources/git/objects/object-store.ts";
import { PackColumns } from "../../../src/sources/git/objects/pack-columns.ts";
import { wholeAddresses } from "../../../src/sources/git/objects/pack-loader.ts";
import { readEntry, type TreeLine } from "../../../src/sources/git/objects/tree-entries.ts";
import { plainMatcher } from "../../../src/sources/git/core/matcher.ts";
import { workspaceOf } from "../../../src/sources/git/core/workspace.ts";
import { TreeIndex } from "../../../src/sources/git/trees/tree-index.ts";
import { TreeMarks, UNMARKED } from "../../../src/sources/git/trees/tree-marks.ts";
import { TreeReader } from "../../../src/sources/git/trees/tree-reader.ts";
import { hold, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { forgedPack, ID_BYTES, reader, type Content } from "./forged-pack.ts";
import { idOf } from "./pack-kit.ts";

const NAMES = ["a", "b", "b.c", "c", "name", "\xff"];
const METER = { isDue: false, tick: () => Promise.resolve() };

const fileId = (number: number) => Buffer.alloc(ID_BYTES, 200 + number);

/** A tree of files and of trees that were made before: mostly a few entries more and less than another one. */
function treeOf(tape: Tape, earlier: readonly Content[]): Content {
  const entries = new Map<string, Buffer>();
  const take = (line: Buffer, name: string, isFolder: boolean) => entries.set(name + (isFolder ? "/" : "\0"), line);
  const base = earlier.length > 0 && !tape.once(3) ? tape.pick(earlier).bytes : Buffer.alloc(0);
  for (let at = 0; at < base.length;) {
    const line = readEntry(base, at, ID_BYTES);
    if (line === undefined) break;
    if (!tape.once(5)) take(base.subarray(at, line.next), line.name, line.kind === "folder");
    at = line.next;
  }
  for (let n = tape.below(4); n > 0; n--) {
    const name = tape.pick(NAMES);
    const isFolder = tape.once(2) && earlier.length > 0;
    const id = isFolder ? idOf("tree", tape.pick(earlier).bytes) : fileId(tape.below(5));
    const mode = isFolder ? "40000" : tape.pick(["100644", "100644", "100755", "120000", "160000", "040000"]);
    take(Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), id]), name, isFolder);
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, line]) => line);
  const bytes = Buffer.concat(tape.once(12) ? sorted.reverse() : sorted);
  if (tape.once(12) && bytes.length > 0) bytes[tape.below(bytes.length)]! ^= 1 << tape.below(8);
  return { type: TREE, bytes };
}

function linesOf(bytes: Buffer): TreeLine[] | undefined {
  const lines: TreeLine[] = [];
  for (let at = 0; at < bytes.length;) {
    const line = readEntry(bytes, at, ID_BYTES);
    if (line === undefined) return undefined;
    lines.push(line);
    at = line.next;
  }
  return lines;
}

/** Trees of forged packs read and marked in WebAssembly, against JavaScript that looks into each tree. */
export function marks(): Target {
  const matcher = plainMatcher(compileRulebook(builtInRules().slice(0, 1)));
  const space = workspaceOf(matcher);
  const region = (name: string, bytes: number) => space.region(name, bytes);

  return {
    name: "marks",
    rounds: 60,
    maxBytes: 1500,
    async run(input) {
      const tape = new Tape(input);
      const contents: Content[] = [];
      for (let n = 1 + tape.below(12); n > 0; n--) contents.push(treeOf(tape, contents));
      // Some trees lie outside of the pack.
      const loose = contents.filter(() => tape.once(6));
      const forged = forgedPack(
        tape,
        contents.filter((one) => !loose.includes(one)),
      );
      if (forged === undefined) return;
      const { pack, index: packIndex, table } = forged;
      const outside = new Map(loose.map(({ bytes }) => [idOf("tree", bytes).toString("hex"), bytes]));
      const store = {
        repository: { format: { bytes: ID_BYTES } },
        read: (id: string) => outside.has(id) && { type: TREE, bytes: outside.get(id) },
      } as unknown as ObjectStore;

      const asked: Partial<GitAsked> = {};
      const git = loadGitCore(matcher.memory, (bytes) => region("git core", bytes), asked);
      const lists = new GitLists(git, matcher.memory, region);
      const numbers = new ObjectNumbers([packIndex], ID_BYTES);
      asked.room = (list, bytes) => region(`list ${list} of ${bytes}`, bytes);
      numbers.tell(lists, region, !tape.once(4));
      const address = region("pack", pack.length + 1024);
      lists.bytes.set(pack, address);
      const loaded = { table, addresses: wholeAddresses(table, address) };
      const trees = new TreeReader(matcher, git, store, [loaded]);
      const columns = new PackColumns(lists, region);
      const index = new TreeIndex(matcher, lists, asked, trees, columns, numbers, ID_BYTES);
      await index.readPack(loaded, METER);
      const roots = contents.filter(() => tape.once(2)).map(({ bytes }) => numbers.of(idOf("tree", bytes), 0));
      await index.reach(Int32Array.from(roots), METER);

      const files = new Set([0, 1, 2, 3, 4].filter(() => tape.once(3)).map((file) => fileId(file).toString("latin1")));
      const named = new Set(NAMES.filter(() => tape.once(6)));
      const objects = new Uint8Array(numbers.count);
      for (let i = 0; i < objects.length; i++) objects[i] = files.has(numbers.idOf(i)) ? 1 : 0;
      const names = Uint8Array.from({ length: index.names.count }, (_, i) => (named.has(index.names.at(i)) ? 1 : 0));
      const made = new TreeMarks(index, { objects, names }, asked);

      const read = reader(forged);
      const bytesOf = (tree: number) => {
        const rank = table.rankOf[tree];
        const isPacked = rank !== undefined && table.type[rank] === TREE && !table.broken.has(rank);
        return isPacked ? read(rank) : outside.get(numbers.hexOf(tree));
      };
      const held = new Map<number, string>();
      let isRing = false;
      /** All that matters in a tree, as text; of one that cannot be read what no other has. */
      const holdsOf = (tree: number): string => {
        const known = held.get(tree);
        if (known !== undefined) return known;
        held.set(tree, "itself");
        const text = holdsNow(tree);
        held.set(tree, text);
        return text;
      };
      const holdsNow = (tree: number): string => {
        if (git.listLength(LISTS.treeRow) <= tree || lists.at(LISTS.treeRow, tree) <= 0) {
          const lines = linesOf(bytesOf(tree) ?? Buffer.from("4"));
          const keys = lines?.map(({ name, kind }) => name + (kind === "folder" ? "/" : "\0"));
          const isSound =
            keys?.every((key, i) => key.length > 1 && (i === 0 || (keys[i - 1] as string) < key)) === true;
          const isUsual = /^((100644|100755|120000|160000|40000|040000) [^\0]+\0[\s\S]{20})*$/.test(
            (bytesOf(tree) ?? Buffer.from("4")).toString("latin1"),
          );
          hold(!isSound || !isUsual, () => `tree ${tree} is sound and was not read`);
          return `unreadable ${tree}`;
        }
        // Where the pack's is broken, another copy is as good.
        const lines = linesOf(bytesOf(tree) ?? outside.get(numbers.hexOf(tree)) ?? Buffer.from("4"));
        hold(lines !== undefined, () => `tree ${tree} was read, and cannot be`);
        const found: string[] = [];
        for (const { kind, name, id } of lines) {
          if (kind === "file" && files.has(id)) found.push(`${name}=${Buffer.from(id, "latin1").toString("hex")}`);
          if (named.has(name)) found.push(`${name} is a ${kind}`);
          if (kind !== "folder") continue;
          const below = holdsOf(numbers.of(Buffer.from(id, "latin1"), 0));
          if (below === "itself") isRing = true;
          if (below !== "") found.push(`${name}/(${below})`);
        }
        return found.sort().join(";");
      };
      for (const root of roots) holdsOf(root);
      const sums = new Map([...held.keys()].map((tree) => [tree, made.of(tree)]));
      // Forged ids can make a tree hold itself: then it is enough to come to an end.
      if (isRing) return;
      const texts = new Map<number, string>();
      // An index that has an id twice is out of order, and of ids that begin alike nobody knows which one is gone: then trees may count
      // as unlike that are alike.
      const keys = Array.from({ length: numbers.count }, (_, i) => numbers.hexOf(i).slice(0, 8));
      const isUnsure =
        new Set(keys).size < keys.length ||
        Array.from({ length: packIndex.count }, (_, i) => packIndex.id(i)).some((id, i, ids) => id === ids[i + 1]);
      for (const [tree, text] of held) {
        const sum = sums.get(tree)!;
        hold(
          (sum === UNMARKED) === (text === "") || (isUnsure && sum !== UNMARKED),
          () => `tree ${tree} has the sum ${sum}, and holds "${text}"`,
        );
        hold((texts.get(sum) ?? text) === text, () => `trees with the sum ${sum} differ`);
        texts.set(sum, text);
      }
      hold(isUnsure || new Set(texts.values()).size === texts.size, () => "trees that hold the same have two sums");
    },
    seeds: () =>
      Array.from({ length: 24 }, (_, seed) =>
        Buffer.from(Array.from({ length: 700 }, (_, i) => (i * i * (seed + 3) + i * 17 + seed * 91) & 255)),
      ),
  };
}
