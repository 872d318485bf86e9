import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { readEntry, readTreeEntries } from "../../../src/sources/git/objects/tree-entries.ts";
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

/** Tree objects: read by JavaScript, and compared in WebAssembly. */
export function trees(): Target {
  const core = new GuardedCore();

  const compare = (older: Buffer, newer: Buffer) => {
    core.reset();
    const out = core.room(8 * CAPACITY);
    const oldAt = core.put(older);
    const newAt = core.put(newer);
    const changes = (isSound: 0 | 1, ...shared: readonly number[]) =>
      core.within([[out, 8 * CAPACITY]], () =>
        core.git.compareTrees(oldAt, older.length, newAt, newer.length, ID_BYTES, out, CAPACITY, isSound, ...shared),
      );
    const count = changes(0);
    if (count < 0) return;
    hold(changes(1) === count, () => "a tree that was read before differs in other places");
    hold(count <= CAPACITY, () => `${count} changes in room for ${CAPACITY}`);
    const pairs = core.read(out, 8 * count);
    let head = 0;
    while (head < Math.min(older.length, newer.length) && older[head] === newer[head]) head++;
    let tail = 0;
    while (tail < Math.min(older.length, newer.length) && older.at(-1 - tail) === newer.at(-1 - tail)) tail++;
    const starts = [0];
    for (let at = 0; ;) {
      at = readEntry(older, at, ID_BYTES)?.next ?? Infinity;
      if (at > head) break;
      starts.push(at);
    }
    const known = [head - (head >> 2), tail, starts.findLast((at) => at <= head - (head >> 2)) ?? 0] as const;
    hold(changes(1, ...known) === count, () => "what is known to be shared changes how many differ");
    hold(core.read(out, 8 * count).equals(pairs), () => "what is known to be shared changes what differs");
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
      for (let at = 0, last = -1; at < bytes.length;) {
        hold(at > last, () => "the reader of entries stands still");
        const entry = readEntry(bytes, at, ID_BYTES);
        if (entry === undefined) break;
        [last, at] = [at, entry.next];
        if (known === undefined || entry.kind === "module") continue;
        hold(known.has(entry.name), () => `two readers see other names`);
      }
      const middle = bytes.length >> 1;
      compare(bytes.subarray(0, middle), bytes.subarray(middle));
      const tape = new Tape(bytes);
      const older = entries(tape);
      compare(older, tape.once(4) ? bytes : entries(tape));
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
