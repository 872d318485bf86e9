// A pack's table, as objects/pack-table.ts has it, in columns in the memory.

export const NONE: i32 = -1;

export let entries: i32 = 0;
export let offsets: usize = 0;
export let sizes: usize = 0;
export let firstChildren: usize = 0;
export let nextSiblings: usize = 0;
export let names: usize = 0;
export let bases: usize = 0;
export let heads: usize = 0;
export let types: usize = 0;
let addresses: usize = 0;
let needed: usize = 0;
let todo: usize = 0;
/** The number of the pack's first object. */
let firstNumber: i32 = 0;

/**
 * Tells where the columns of a pack begin, one behind the other in the order of the lines above, `types` the last: 34 bytes an
 * entry, and 8; and where each entry's stream lies.
 */
export function packColumns(at: usize, count: i32, addressesAt: usize, start: i32): void {
  const words = <usize>count << 2;
  entries = count;
  offsets = at;
  sizes = offsets + 2 * words + 8;
  firstChildren = sizes + 2 * words;
  nextSiblings = firstChildren + words;
  names = nextSiblings + words;
  bases = names + words;
  heads = bases + words;
  types = heads + <usize>count;
  addresses = addressesAt;
  firstNumber = start;
}

/** Of each entry a byte: whether it is to be made, and whether it is to be scanned. */
export function packMarks(neededAt: usize, todoAt: usize): void {
  needed = neededAt;
  todo = todoAt;
}

@inline function word(column: usize, rank: i32): i32 {
  return load<i32>(column + (<usize>rank << 2));
}

@inline function offsetOf(rank: i32): f64 {
  return load<f64>(offsets + (<usize>rank << 3));
}

@inline export function sizeOf(rank: i32): f64 {
  return load<f64>(sizes + (<usize>rank << 3));
}

@inline export function child(rank: i32): i32 {
  return word(firstChildren, rank);
}

@inline export function sibling(rank: i32): i32 {
  return word(nextSiblings, rank);
}

@inline export function baseOf(rank: i32): i32 {
  return word(bases, rank);
}

@inline export function typeOf(rank: i32): i32 {
  return load<u8>(types + <usize>rank);
}

@inline export function numberOf(rank: i32): i32 {
  return firstNumber + word(names, rank);
}

@inline export function sourceOf(rank: i32): usize {
  return <usize>(<u32>word(addresses, rank));
}

@inline export function setSource(rank: i32, address: usize): void {
  store<u32>(addresses + (<usize>rank << 2), <u32>address);
}

/** Where the entry's stream begins in the file. */
@inline export function startOf(rank: i32): f64 {
  return offsetOf(rank) + <f64>load<u8>(heads + <usize>rank);
}

@inline export function endOf(rank: i32): f64 {
  return offsetOf(rank + 1);
}

/** Bytes of the entry with its head. */
@inline export function entryBytes(rank: i32): f64 {
  return offsetOf(rank + 1) - offsetOf(rank);
}

/** Bytes of the entry's stream. */
@inline export function packedBytes(rank: i32): usize {
  return <usize>(offsetOf(rank + 1) - offsetOf(rank) - <f64>load<u8>(heads + <usize>rank));
}

@inline export function isNeeded(rank: i32): bool {
  return load<u8>(needed + <usize>rank) != 0;
}

@inline export function isWanted(rank: i32): bool {
  return load<u8>(todo + <usize>rank) != 0;
}
