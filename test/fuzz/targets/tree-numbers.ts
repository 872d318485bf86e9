import { NAMES_FULL, STRAY, UNUSUAL } from "../../../src/sources/git/core/git-core.ts";
import { readEntry } from "../../../src/sources/git/objects/tree-entries.ts";
import { hold, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { GuardedCore } from "./guarded.ts";

const ID_BYTES = 20;
const CAPACITY = 64;
const MOST_NAMES = 4;
const PAGES = 9;
/** A change: what, object, where. */
const WORDS = 3;
const REMOVED = 1;
const [FILE, FOLDER] = [0, 2];

/** What a tree says of names and objects as numbers, and how two of them differ. */
export function treeNumbers(): Target {
  return {
    name: "tree-numbers",
    rounds: 150,
    maxBytes: 2048,
    run(input) {
      const tape = new Tape(Buffer.from(input));
      const core = new GuardedCore(PAGES);
      const { git } = core;
      // Ids that trees may name, in one pack or two; out of order the core is told none, as ObjectNumbers does.
      const ids = Array.from({ length: tape.below(12) }, () => Buffer.alloc(ID_BYTES, tape.below(24)));
      // Many that begin alike, as someone may choose them: they must be found by halving.
      const crowd = tape.once(4) ? tape.below(200) : 0;
      for (let i = 0; i < crowd; i++) ids.push(Buffer.concat([Buffer.alloc(ID_BYTES - 1, 3), Buffer.of(i)]));
      const sorted = [...new Map(ids.map((id) => [id.toString("hex"), id])).values()].sort(Buffer.compare);
      const known = tape.once(5) ? ids : sorted;
      const at = core.put(Buffer.concat(known));
      const isSorted = known.every((id, i) => i === 0 || Buffer.compare(known[i - 1]!, id) < 0);
      hold((git.areInOrder(at, known.length, ID_BYTES) !== 0) === isSorted, () => "takes a wrong order for right");
      const first = tape.below(known.length + 1);
      const counts = core.put(Buffer.from(Int32Array.of(first, known.length - first).buffer));
      const fans = core.room(4 * known.length + 32);
      core.within([[fans, 4 * known.length + 32]], () => {
        git.knownIds(at, counts, isSorted ? 2 : 0, ID_BYTES, fans);
        return 0;
      });

      const entry = () => {
        const mode = tape.pick(["100644", "40000", "120000", "160000", "040000", "100664", "4"]);
        const name = tape.pick(["a", "ab", "b.c", "b", "a longer name of a file", "\xff", ""]);
        return Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.alloc(ID_BYTES, tape.below(24))]);
      };
      const tree = () => Buffer.concat(Array.from({ length: tape.below(8) }, entry));
      const [older, newer] = [tree(), tape.once(4) ? tape.take(60) : tree()];
      const [oldAt, newAt] = [core.put(older), core.put(newer)];
      const pairs = core.room(8 * CAPACITY);
      const out = core.room(8 * WORDS * CAPACITY);
      let rooms: (readonly [at: number, length: number])[] = [];
      let names = 0;
      const roomForNames = (most: number) => {
        const bytes = [32 * most, 4 * most, 8 * most] as const;
        const [text, starts, slots] = [core.room(bytes[0]), core.room(bytes[1]), core.room(bytes[2])];
        rooms = [[text, bytes[0]] as const, [starts, bytes[1]] as const, [slots, bytes[2]] as const];
        names = text;
        git.moreNames(text, bytes[0], starts, slots, most, 0x12345677);
      };
      let most = MOST_NAMES;
      roomForNames(most);
      const compare = () =>
        core.within([[pairs, 8 * CAPACITY], [out, 8 * WORDS * CAPACITY], ...rooms], () =>
          git.numberChanges(oldAt, older.length, newAt, newer.length, pairs, CAPACITY, out, 0, 0, 0),
        );
      let count = compare();
      for (; count === NAMES_FULL; count = compare()) roomForNames((most *= 2));
      const told = git.compareTrees(oldAt, older.length, newAt, newer.length, ID_BYTES, pairs, CAPACITY, 0, 0);
      if (told < 0) return hold(count === told, () => "a damaged tree has changes");
      const places = core.read(pairs, 8 * told);
      const sides = Array.from({ length: told }, (_, i) => [places.readInt32LE(8 * i), places.readInt32LE(8 * i + 4)]);
      const wanted = sides.flatMap(([more = -1, less = -1]) => [
        ...(more < 0 ? [] : [{ tree: newer, offset: more, at: newAt + more, removed: 0 }]),
        ...(less < 0 ? [] : [{ tree: older, offset: less, at: oldAt + less, removed: REMOVED }]),
      ]);
      hold(count === wanted.length, () => `${count} changes instead of ${wanted.length}`);
      const words = core.read(out, 4 * WORDS * count);
      const lines = core.read(names, git.nameBytes()).toString("latin1").split("\n");
      let rare = 0;
      for (const [i, change] of wanted.entries()) {
        const [what, object, where] = [0, 4, 8].map((byte) => words.readInt32LE(4 * WORDS * i + byte)) as [
          number,
          number,
          number,
        ];
        hold(where === change.at, () => "a change stands elsewhere");
        if (what === UNUSUAL) {
          rare++;
          continue;
        }
        const { name, kind, next } = readEntry(change.tree, change.offset, ID_BYTES)!;
        hold(
          kind !== "module" && (what & 7) === ((kind === "folder" ? FOLDER : FILE) | change.removed),
          () => "a wrong kind",
        );
        hold(lines[what >>> 3] === name, () => "the number of another name");
        const id = change.tree.subarray(next - ID_BYTES, next);
        const number = isSorted ? known.findIndex((other) => other.equals(id)) : STRAY;
        const isKey = (what & 7) === (FILE | REMOVED);
        if (!isKey && number === STRAY) rare++;
        hold(object === (isKey ? id.readInt32BE(0) : number), () => "the number of another object");
      }
      hold(git.rareChanges() === rare, () => `${git.rareChanges()} rare changes instead of ${rare}`);
    },
    seeds: () => [Buffer.from(Array.from({ length: 900 }, (_, i) => (i * 37 + (i >> 4) * 11) & 255)), Buffer.alloc(64)],
    words: ["40000 a\0", "100644 ab\0", "100644 \0"],
  };
}
