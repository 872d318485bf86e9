import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { findEntry, readEntry, readTreeEntries } from "../../../src/sources/git/objects/tree-entries.ts";
import { hold, refusal, type Target } from "../target.ts";
import { Tape } from "../tape.ts";
import { GuardedCore } from "./guarded.ts";

const ID_BYTES = 20;
const CAPACITY = 64;

/** Entries in git's order, some of them not. */
function entries(tape: Tape): Buffer {
  const names = new Set(Array.from({ length: tape.below(9) }, () => tape.take(1 + tape.below(4)).toString("latin1")));
  const rows = [...names].map((name) => {
    const folder = tape.once(3);
    const id = Buffer.alloc(ID_BYTES, tape.below(3));
    return {
      key: name + (folder ? "/" : "\0"),
      mode: folder ? "40000" : tape.pick(["100644", "120000", "160000"]),
      name,
      id,
    };
  });
  if (!tape.once(6)) rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  return Buffer.concat(rows.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`, "latin1"), id]));
}

/** What one sorted, sound tree has and the other has not, by name. */
function isSound(tree: Buffer): boolean {
  let last = "";
  for (let at = 0; at < tree.length;) {
    const entry = readEntry(tree, at, ID_BYTES);
    if (entry === undefined) return false;
    const { name, kind, next } = entry;
    const key = name + (kind === "folder" ? "/" : "\0");
    if (
      name === "" ||
      name.includes("/") ||
      key <= last ||
      !/^(1|4|04)[0-7]* /.test(tree.toString("latin1", at, at + 8))
    )
      return false;
    last = key;
    at = next;
  }
  return true;
}

/** Where the entries of a whole tree begin, and where the last one ends. */
function places(tree: Buffer): number[] {
  const all = [0];
  for (let at = 0; at < tree.length;) all.push((at = tree.indexOf(0, at) + 1 + ID_BYTES));
  return all;
}

const varint = (value: number): number[] => (value < 128 ? [value] : [128 | (value & 127), ...varint(value >> 7)]);

/** A delta that makes `newer` of `older`: of each few bytes the first or the last copy that there is, or now and then none. */
function deltaOf(older: Buffer, newer: Buffer, tape: Tape): Buffer {
  const steps: number[] = [];
  for (let at = 0; at < newer.length;) {
    const few = newer.subarray(at, at + 1 + tape.below(30));
    const from = tape.once(5) ? -1 : tape.once(3) ? older.lastIndexOf(few) : older.indexOf(few);
    let length = few.length;
    if (from >= 0 && !tape.once(4))
      while (at + length < newer.length && older[from + length] === newer[at + length]) length++;
    if (from < 0) steps.push(length, ...few);
    else steps.push(0xb3, from & 255, from >> 8, length & 255, length >> 8);
    at += length;
  }
  return Buffer.from([...varint(older.length), ...varint(newer.length), ...steps]);
}

/** Tree objects: read by JavaScript, and compared in WebAssembly. */
export function trees(): Target {
  const core = new GuardedCore();

  const compare = (older: Buffer, newer: Buffer, tape: Tape) => {
    core.reset();
    const out = core.room(8 * CAPACITY);
    const oldAt = core.put(older);
    const newAt = core.put(newer);
    const roomOf = ({ length }: Buffer) => 4 * Math.floor(length / 20) + 32;
    const [oldStarts, newStarts] = [core.room(roomOf(older)), core.room(roomOf(newer))];
    const changes = (from: Buffer, fromStarts: number, to: Buffer, toAt: number, starts: number) =>
      core.within(
        [
          [out, 8 * CAPACITY],
          [starts || out + 8 * CAPACITY, starts ? roomOf(to) : 0],
        ],
        () => core.git.compareTrees(oldAt, from.length, toAt, to.length, ID_BYTES, out, CAPACITY, fromStarts, starts),
      );
    const holdStarts = (starts: number, tree: Buffer) => {
      const known = places(tree);
      const words = core.read(starts, 4 * known.length + 4);
      hold(words.readInt32LE(0) === known.length - 1, () => "another number of entries is noted");
      for (const [i, at] of known.entries())
        hold(words.readInt32LE(4 * i + 4) === at, () => `no entry begins at ${at}`);
    };
    const count = changes(older, 0, newer, newAt, 0);
    const pairs = core.read(out, 8 * Math.max(0, count));
    const entries = changes(Buffer.alloc(0), 0, older, oldAt, oldStarts);
    if (entries >= 0) {
      hold(
        entries === places(older).length - 1,
        () => "a tree differs from nothing by something else than its entries",
      );
      holdStarts(oldStarts, older);
      const bytes = deltaOf(older, newer, tape);
      const made = core.git.applyDelta(
        core.put(bytes),
        bytes.length,
        oldAt,
        older.length,
        newAt,
        newer.length,
        out,
        1,
        0,
      );
      hold(made === newer.length, () => "the delta makes something else");
      hold(
        changes(older, oldStarts, newer, newAt, newStarts) === count,
        () => "what a delta copies changes how many differ",
      );
      hold(count < 0 || core.read(out, 8 * count).equals(pairs), () => "what a delta copies changes what differs");
      if (count >= 0) holdStarts(newStarts, newer);
    }
    if (count < 0) return;
    hold(count <= CAPACITY, () => `${count} changes in room for ${CAPACITY}`);
    const told = new Set<string>();
    for (let i = 0; i < count; i++) {
      for (const [side, tree, at] of [
        ["new", newer, pairs.readInt32LE(8 * i)],
        ["old", older, pairs.readInt32LE(8 * i + 4)],
      ] as const) {
        hold(at >= -1 && (at === -1 || at < tree.length), () => `points to ${at} of a tree of ${tree.length} bytes`);
        if (at >= 0) told.add(`${side} ${at}`);
      }
    }
    // Whatever is equal on both sides may be left out; nothing else.
    if (!isSound(older) || !isSound(newer)) return;
    for (const [side, tree, other] of [
      ["new", newer, older],
      ["old", older, newer],
    ] as const) {
      for (let at = 0; at < tree.length;) {
        const next = readEntry(tree, at, ID_BYTES)?.next ?? tree.length;
        const entry = tree.subarray(at, next);
        const isEqual = other.includes(entry);
        hold(isEqual !== told.has(`${side} ${at}`), () => `the entry at ${at} of the ${side} tree is told wrongly`);
        at = next;
      }
    }
  };

  return {
    name: "trees",
    rounds: 400,
    maxBytes: 4096,
    run(input) {
      const bytes = Buffer.from(input);
      const known = refusal(() => readTreeEntries(bytes, ID_BYTES), BrokenObject);
      const names = new Set<string>();
      for (let at = 0, last = -1; at < bytes.length;) {
        hold(at > last, () => "the reader of entries stands still");
        const entry = readEntry(bytes, at, ID_BYTES);
        if (entry === undefined) break;
        if (!names.has(entry.name)) {
          const found = findEntry(bytes, Buffer.from(entry.name, "latin1"), ID_BYTES);
          hold(found === at, () => `the entry at ${at} is found at ${found}`);
        }
        names.add(entry.name);
        [last, at] = [at, entry.next];
        if (known === undefined || entry.kind === "module") continue;
        hold(known.has(entry.name), () => `two readers see other names`);
      }
      for (const name of ["", "a", bytes.toString("latin1", 7, 8), bytes.toString("latin1", 7)]) {
        const found = findEntry(bytes, Buffer.from(name, "latin1"), ID_BYTES);
        hold(found < 0 || names.has(name), () => `an entry that no reader sees is found at ${found}`);
      }
      const middle = bytes.length >> 1;
      const tape = new Tape(bytes);
      const older = entries(tape);
      const newer = tape.once(4) ? bytes : entries(tape);
      compare(bytes.subarray(0, middle), bytes.subarray(middle), tape);
      compare(older, newer, tape);
    },
    seeds: () => {
      const sorted = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 31 + (i >> 3) * 7) & 255));
      const tree = (names: readonly string[]) =>
        Buffer.concat(names.map((name) => Buffer.from(`100644 ${name}\0${"i".repeat(ID_BYTES)}`)));
      return [sorted, tree(["a", "b", "c"]), Buffer.concat([tree(["a", "b.c", "b0"]), tree(["a", "b", "b0", "d"])])];
    },
    words: ["40000 ", "100644 ", "160000 ", "120000 ", "040000 ", " ", "\0", "/", "i".repeat(ID_BYTES)],
  };
}
