// Numbers of objects: their place in the ids of all packs.
import { rareChange } from "./caller";
import { get, OBJECT, set, WHAT } from "./lists";

/** The number of an object that no pack holds. */
export const STRAY: i32 = -1;

let ids: usize = 0;
let packCount: u32 = 0;
let idLength: usize = 0;
/** The packs' sizes; their ids stand one pack behind the other. */
let counts: usize = 0;
/** Of each pack, how many ids begin with lower bits than each of so many: an id is then one of a few. */
let fans: usize = 0;

/**
 * Objects whose numbers are asked for together: of each the place in `OBJECT` where its number is wanted, or -1 once it stands there;
 * from where to where the pack has ids that may be its own; a NUL, as before an id in a tree, and the id. To look for one is mostly to
 * wait for memory, and for many at once takes little longer.
 */
let waiting: usize = 0;
let waits: i32 = 0;
const MOST_WAITING: i32 = 256;
const ID_AT: usize = 16;
const WAITING_BYTES: usize = 48;

/**
 * Tells where all ids of packs stand, in order, and in words at `countsAt` how many of each pack.
 *
 * @param fansAt room for four bytes an id, and 16 more for each pack.
 */
export function knownIds(idsAt: usize, countsAt: usize, packs: u32, idBytes: usize, fansAt: usize): void {
  ids = idsAt;
  counts = countsAt;
  packCount = packs;
  idLength = idBytes;
  fans = fansAt;
  for (let pack: u32 = 0; pack < packs; pack++) {
    const count = countOf(pack);
    const bits = bitsOf(count);
    const buckets: u32 = 1 << bits;
    let bucket: u32 = 0;
    for (let i: u32 = 0; i < count; i++, idsAt += idBytes) {
      for (const its = bucketOf(keyAt(idsAt), bits); bucket <= its; bucket++) store<u32>(fansAt + (<usize>bucket << 2), i);
    }
    for (; bucket <= buckets; bucket++) store<u32>(fansAt + (<usize>bucket << 2), count);
    fansAt += <usize>(buckets + 1) << 2;
  }
}

@inline function countOf(pack: u32): u32 {
  return load<u32>(counts + (<usize>pack << 2));
}

/** How many bits of an id tell its bucket: in each there are one id or two, as each further one may lie in another line of the cache. */
@inline function bitsOf(count: u32): u32 {
  return count < 2 ? 0 : 31 - clz(count);
}

@inline function bucketOf(key: u32, bits: u32): u32 {
  return <u32>((<u64>key << bits) >> 32);
}

/** Whether so many ids ascend. Among others `find` and whoever searches in another way might not find the same. */
export function areInOrder(names: usize, count: u32, idBytes: usize): bool {
  const end = names + <usize>count * idBytes;
  for (let at = names + idBytes; at < end; at += idBytes) {
    let k: usize = 0;
    while (k < idBytes && load<u8>(at + k - idBytes) == load<u8>(at + k)) k++;
    if (k == idBytes || load<u8>(at + k - idBytes) > load<u8>(at + k)) return false;
  }
  return true;
}

@inline export function keyAt(id: usize): u32 {
  return bswap(load<u32>(id));
}

/** Below zero, zero or above: how two ids compare. */
function order(one: usize, other: usize): i32 {
  for (let at: usize = 0; at < idLength; at++) {
    const difference = <i32>load<u8>(one + at) - <i32>load<u8>(other + at);
    if (difference) return difference;
  }
  return 0;
}

/** Ids have 20 bytes or 32. */
@inline function isSame(one: usize, other: usize): bool {
  if (v128.any_true(v128.xor(v128.load(one), v128.load(other)))) return false;
  const last = idLength - 16;
  return !v128.any_true(v128.xor(v128.load(one + last), v128.load(other + last)));
}

/** Ids that are looked at one by one. Where someone chose ids so that many begin alike, the rest is found by halving. */
const FEW: u32 = 16;

/** Among one pack's ids, of which `low` to `high` may be it. */
function find(names: usize, low: u32, high: u32, id: usize): i32 {
  while (high - low > FEW) {
    const middle = (low + high) >>> 1;
    if (order(names + <usize>middle * idLength, id) <= 0) low = middle;
    else high = middle;
  }
  for (let name = names + <usize>low * idLength; low < high; low++, name += idLength) {
    if (isSame(name, id)) return <i32>low;
  }
  return -1;
}

/** Bytes of an id. */
export function idBytesOf(): i32 {
  return <i32>idLength;
}

/**
 * Has the processor fetch what numbering these will look at: `count` ids from `at` on, `step` bytes from one to the next.
 *
 * @returns nothing that matters; but it must be kept, or nothing is fetched.
 */
export function fetchObjects(at: usize, count: i32, step: usize): u32 {
  let touched: u32 = 0;
  let start: u32 = 0;
  let fan = fans;
  for (let pack: u32 = 0; pack < packCount; pack++) {
    const bits = bitsOf(countOf(pack));
    const names = ids + <usize>start * idLength;
    for (let i = 0; i < count; i++) {
      const bucket = fan + (<usize>bucketOf(keyAt(at + <usize>i * step), bits) << 2);
      touched ^= load<u32>(names + <usize>load<u32>(bucket) * idLength);
    }
    start += countOf(pack);
    fan += <usize>((1 << bits) + 1) << 2;
  }
  return touched;
}

/** The number of an object, as `ObjectNumbers` counts, or `STRAY`. */
export function numberOfObject(id: usize): i32 {
  const key = keyAt(id);
  let start: u32 = 0;
  let fan = fans;
  for (let pack: u32 = 0; pack < packCount; pack++) {
    const count = countOf(pack);
    const bits = bitsOf(count);
    const bucket = fan + (<usize>bucketOf(key, bits) << 2);
    const found = find(ids + <usize>start * idLength, load<u32>(bucket), load<u32>(bucket, 4), id);
    if (found >= 0) return <i32>start + found;
    start += count;
    fan += <usize>((1 << bits) + 1) << 2;
  }
  return STRAY;
}

/** Tells where they wait: 48 bytes for each of 256, and 16. */
export function waitingSetup(at: usize): void {
  waiting = at;
  waits = 0;
}

/** How many wait. */
@inline export function waitingCount(): i32 {
  return waits;
}

@inline export function canWait(): bool {
  return waits < MOST_WAITING;
}

/** Whether so many wait that it is time to number them. */
@inline export function areManyWaiting(): bool {
  return waits > MOST_WAITING / 2;
}

/** Forgets all but the first. */
@inline export function forget(count: i32): void {
  waits = count;
}

/** Has a number put into `OBJECT` by the next `numberWaiting`. 32 bytes from `id` on must be readable. */
@inline export function numberLater(id: usize, target: i32): void {
  const at = waiting + <usize>waits * WAITING_BYTES;
  waits++;
  store<i32>(at, target);
  store<i32>(at, 0, 12);
  v128.store(at, v128.load(id), ID_AT);
  v128.store(at, v128.load(id, 16), ID_AT + 16);
}

/** Numbers all that wait. What no pack holds the caller numbers. */
export function numberWaiting(): void {
  const end = waiting + <usize>waits * WAITING_BYTES;
  const change = waiting + <usize>MOST_WAITING * WAITING_BYTES;
  let start: u32 = 0;
  let fan = fans;
  for (let pack: u32 = 0; pack < packCount; pack++) {
    const count = countOf(pack);
    const bits = bitsOf(count);
    const names = ids + <usize>start * idLength;
    for (let at = waiting; at < end; at += WAITING_BYTES) {
      const bucket = fan + (<usize>bucketOf(keyAt(at + ID_AT), bits) << 2);
      store<u32>(at, load<u32>(bucket), 4);
      store<u32>(at, load<u32>(bucket, 4), 8);
    }
    // Nobody asks what comes of it: the processor is to fetch all of them.
    let touched: u32 = 0;
    for (let at = waiting; at < end; at += WAITING_BYTES) {
      touched ^= load<u32>(names + <usize>load<u32>(at, 4) * idLength);
      touched ^= load<u32>(names + <usize>load<u32>(at, 8) * idLength);
    }
    store<u32>(change, touched);
    for (let at = waiting; at < end; at += WAITING_BYTES) {
      const target = load<i32>(at);
      if (target < 0) continue;
      const found = find(names, load<u32>(at, 4), load<u32>(at, 8), at + ID_AT);
      if (found < 0) continue;
      set(OBJECT, target, <i32>start + found);
      store<i32>(at, -1);
    }
    start += count;
    fan += <usize>((1 << bits) + 1) << 2;
  }
  waits = 0;
  for (let at = waiting; at < end; at += WAITING_BYTES) {
    const target = load<i32>(at);
    if (target < 0) continue;
    store<i32>(change, get(WHAT, target));
    store<i32>(change, STRAY, 4);
    store<u32>(change, <u32>(at + ID_AT - 1), 8);
    rareChange(change, 0, 0);
    set(OBJECT, target, load<i32>(change, 4));
  }
}
