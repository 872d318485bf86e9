// What of a pack is gone through: which of its entries, what they build on, and the families that these are in.
import { baseOf, entries, NONE, typeOf } from "./pack-columns";

@inline function isOneOf(rank: i32, kinds: u32): bool {
  return ((kinds >> typeOf(rank)) & 1) != 0;
}

/** Marks all objects of some types, whose bits are set in `kinds`, each in its byte at `wanted`. Gives how many. */
export function markTypes(kinds: u32, wanted: usize): i32 {
  let count = 0;
  for (let rank = 0; rank < entries; rank++) {
    const isWanted = isOneOf(rank, kinds);
    store<u8>(wanted + <usize>rank, isWanted);
    count += isWanted;
  }
  return count;
}

/** Marks at `needed` what is marked at `wanted`, and what that builds on. */
export function markNeeded(wanted: usize, needed: usize): void {
  memory.fill(needed, 0, <usize>entries);
  for (let rank = entries - 1; rank >= 0; rank--) {
    if (load<u8>(wanted + <usize>rank) == 0) continue;
    for (let at = rank; at != NONE && load<u8>(needed + <usize>at) == 0; at = baseOf(at)) store<u8>(needed + <usize>at, 1);
  }
}

/** Writes to `roots` the first entry of each family of such types, in the order in which they lie. Gives how many. */
export function familyRoots(kinds: u32, roots: usize): i32 {
  let count = 0;
  for (let rank = 0; rank < entries; rank++) {
    if (baseOf(rank) != NONE || !isOneOf(rank, kinds)) continue;
    store<i32>(roots + (<usize>(count++) << 2), rank);
  }
  return count;
}
