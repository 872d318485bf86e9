// What two trees differ in, as numbers: of names, each of which is kept once, and of objects. A history says a few thousand names
// and some hundred thousand ids millions of times.
import { canWait, forget, idBytesOf, keyAt, numberLater, numberOfObject, STRAY, waitingCount } from "./object-ids";
import { compareTrees, hasNul, nulFrom } from "./tree";

/** There is no more room for names: `moreNames`, then ask again. */
export const NAMES_FULL: i32 = -8;

/** Bits of a change, below its name's number. */
export const FILE: i32 = 0;
export const REMOVED: i32 = 1;
export const FOLDER: i32 = 2;
/** What a change says whose mode is none of the usual: it is left to the caller. */
export const UNUSUAL: i32 = -1;

let text: usize = 0;
let textLength: usize = 0;
let textRoom: usize = 0;
let starts: usize = 0;
let nameCount: u32 = 0;
let mostNames: u32 = 0;
/** Numbers plus one, at the place that the hash says or the next that was free; twice as many places as names. */
let slots: usize = 0;
/** Odd: nobody can foresee which names meet at one place. */
export let seed: u64 = 1;

let folders: i32 = 0;
let rare: i32 = 0;

/** How many of the last `numberChanges` are folders. */
export function changedFolders(): i32 {
  return folders;
}

/** How many of them the caller has to look at: unusual ones and strays. */
export function rareChanges(): i32 {
  return rare;
}

export function nameCounted(): u32 {
  return nameCount;
}

export function nameBytes(): u32 {
  return <u32>textLength;
}

/**
 * Gives names room: `textBytes` for the names, a line each; `most` words for where they begin, and twice as many for finding
 * them. Names that were there before are copied.
 *
 * @param most a power of two.
 */
export function moreNames(textAt: usize, textBytes: usize, startsAt: usize, slotsAt: usize, most: u32, key: u32): void {
  if (nameCount > 0) {
    memory.copy(textAt, text, textLength);
    memory.copy(startsAt, starts, <usize>nameCount << 2);
  }
  text = textAt;
  textRoom = textBytes;
  starts = startsAt;
  slots = slotsAt;
  mostNames = most;
  seed = (<u64>key * 0x9e3779b97f4a7c15) | 1;
  memory.fill(slots, 0, <usize>most << 3);
  for (let name: u32 = 0; name < nameCount; name++) {
    const from = text + startOf(name);
    let slot = hash(from, text + nameEnd(name)) & (2 * most - 1);
    while (load<u32>(slots + (<usize>slot << 2))) slot = (slot + 1) & (2 * most - 1);
    store<u32>(slots + (<usize>slot << 2), name + 1);
  }
}

@inline function startOf(name: u32): usize {
  return load<u32>(starts + (<usize>name << 2));
}

@inline function nameEnd(name: u32): usize {
  return (name + 1 < nameCount ? startOf(name + 1) : textLength) - 1;
}

/** Up to 8 bytes behind a name are read, and count for nothing. */
@inline function wordAt(at: usize, bytes: usize): u64 {
  const word = load<u64>(at);
  return bytes < 8 ? word & ((<u64>1 << (bytes << 3)) - 1) : word;
}

/** Half a word at a time, so that what someone chose stays below what is unknown of the product. */
function hash(from: usize, to: usize): u32 {
  let sum = <u64>(to - from);
  for (; from < to; from += 8) {
    const word = wordAt(from, to - from);
    sum = (sum ^ (word & 0xffffffff)) * seed;
    sum = (sum ^ (sum >> 32) ^ (word >> 32)) * seed;
    sum ^= sum >> 32;
  }
  return <u32>sum;
}

@inline function same(a: usize, b: usize, length: usize): bool {
  for (let at: usize = 0; at < length; at += 8) {
    if (wordAt(a + at, length - at) != wordAt(b + at, length - at)) return false;
  }
  return true;
}

/** The number of the name from `from` to `to`; or `NAMES_FULL`. */
export function numberOfName(from: usize, to: usize): i32 {
  const mask = 2 * mostNames - 1;
  const length = to - from;
  let slot = hash(from, to) & mask;
  for (;;) {
    const name = load<u32>(slots + (<usize>slot << 2));
    if (name == 0) break;
    const at = startOf(name - 1);
    if (nameEnd(name - 1) - at == length && same(text + at, from, length)) return <i32>name - 1;
    slot = (slot + 1) & mask;
  }
  if (nameCount == mostNames || textLength + length + 1 > textRoom) return NAMES_FULL;
  memory.copy(text + textLength, from, length);
  store<u8>(text + textLength + length, 10);
  store<u32>(starts + (<usize>nameCount << 2), <u32>textLength);
  textLength += length + 1;
  store<u32>(slots + (<usize>slot << 2), ++nameCount);
  return <i32>nameCount - 1;
}

/** Whether an entry begins as "100644 " or "120000 " does. */
@inline function isPlainFile(at: usize): bool {
  const second = load<u8>(at, 1);
  return load<u8>(at) == 0x31 && (second == 0x30 || second == 0x32) && load<u8>(at, 6) == 0x20 && !hasNul(at + 2, 4);
}

/** Whether an entry begins as "40000 " does. */
@inline function isPlainFolder(at: usize): bool {
  return load<u8>(at) == 0x34 && load<u8>(at, 1) == 0x30 && load<u8>(at, 5) == 0x20 && !hasNul(at + 2, 3);
}

/**
 * How a tree differs from another one: for each entry that it has more and then for each less, three words at `out`: its
 * name's number above the bits of what it is, or `UNUSUAL`; the object's number, or `STRAY`, and of a file that is gone the
 * beginning of the id, which mostly tells it from others (trees/tree-marks.ts); and where the entry stands.
 *
 * @param target the place in `OBJECT` of the first change's object: as many numbers as can wait are put there later, by
 * `numberWaiting`. Zero: none waits.
 *
 * @param pairs room for `capacity` pairs of words, which `compareTrees` fills; twice as many changes fit at `out`.
 * @param oldStarts as for `compareTrees`, and `newStarts`.
 * @returns how many there are; or a negative code.
 */
export function numberChanges(
  oldTree: usize,
  oldLength: i32,
  newTree: usize,
  newLength: i32,
  pairs: usize,
  capacity: i32,
  out: usize,
  oldStarts: usize,
  newStarts: usize,
  target: i32,
): i32 {
  const bytes = idBytesOf();
  const count = compareTrees(oldTree, oldLength, newTree, newLength, bytes, pairs, capacity, oldStarts, newStarts);
  folders = 0;
  rare = 0;
  if (count < 0) return count;
  const waited = waitingCount();
  let slot = out;
  for (const end = pairs + (<usize>count << 3); pairs < end; pairs += 8) {
    const more = load<i32>(pairs);
    const less = load<i32>(pairs, 4);
    let name = -1;
    for (let removed = 0; removed < 2; removed++) {
      const offset = removed ? less : more;
      if (offset < 0) continue;
      const at = (removed ? oldTree : newTree) + <usize>offset;
      let kind = FILE;
      let from = at + 7;
      store<u32>(slot, <u32>at, 8);
      if (isPlainFolder(at)) {
        kind = FOLDER;
        from = at + 6;
        folders++;
      } else if (!isPlainFile(at)) {
        store<i32>(slot, UNUSUAL);
        slot += 12;
        rare++;
        continue;
      }
      const to = nulFrom(from);
      if (name < 0) {
        name = numberOfName(from, to);
        if (name < 0) {
          forget(waited);
          return name;
        }
      }
      const id = to + 1;
      let object = 0;
      if (kind == FILE && removed) object = <i32>keyAt(id);
      else if (target && canWait()) numberLater(id, target + <i32>((slot - out) / 12));
      else {
        object = numberOfObject(id);
        if (object == STRAY) rare++;
      }
      store<i32>(slot, (name << 3) | kind | removed);
      store<i32>(slot, object, 4);
      slot += 12;
    }
  }
  return <i32>((slot - out) / 12);
}
