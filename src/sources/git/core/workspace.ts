// Regions of a matcher's memory. What is reserved there stays reserved, so scans that share a matcher share the regions:
// one scan at a time.
import { randomBytes } from "../../../disk/random.ts";
import type { Matcher } from "./matcher.ts";

export interface Workspace {
  /** Little is to be scanned, as it seems: who may need much room begins with little. */
  readonly isSmall: boolean;
  /** The region of this name, with room for at least so many bytes. What it held before is gone. */
  region(name: string, bytes: number): number;
}

/**
 * What one scan needs beside its pack is reserved at once: each time the memory grows, the collector counts all of it anew
 * and begins a round. Pages that nobody touches take no memory.
 */
const BLOCK_BYTES = 320 << 20;
/**
 * The same where larger packs than `FEW_BYTES` are to be read: with their trees, redis' history takes 366 MiB in all and git's 572. A second
 * block, taken when all is scanned, made the collector go through all that is known by then.
 */
const LARGE_BLOCK_BYTES = 640 << 20;
/**
 * Where little is to be scanned. With the engine's own it is less than the 64 MiB beyond which V8 begins a round: a tenth of what
 * a second scan takes.
 */
const SMALL_BLOCK_BYTES = 32 << 20;
/** What a matcher's memory needs for that, with what it keeps in mind. */
export const SMALL_ROOM_BYTES = SMALL_BLOCK_BYTES + (6 << 20);

/**
 * How many parts of texts the matcher keeps in mind, 16 bytes each. Where packs of no more than `FEW_BYTES` are to be read, pages that
 * nobody touched yet cost more than to look at some parts again.
 */
const [FEWEST_PLACES, FEW_PLACES, PLACES] = [1 << 13, 1 << 16, 1 << 18];
const FEW_BYTES = 16 << 20;

const workspaces = new WeakMap<Matcher, Workspace>();

/** @param packBytes of the packs that are to be read, as it seems; 0: little is. Counts where the matcher has no workspace yet. */
export function workspaceOf(matcher: Matcher, packBytes = Infinity): Workspace {
  const known = workspaces.get(matcher);
  if (known !== undefined) return known;
  const isSmall = packBytes === 0;
  const regions = new Map<string, { address: number; bytes: number }>();
  const isLarge = packBytes > FEW_BYTES && packBytes < Infinity;
  let [next, left, block] = [0, 0, isSmall ? SMALL_BLOCK_BYTES : isLarge ? LARGE_BLOCK_BYTES : BLOCK_BYTES];
  // The matcher's own memory comes first, for the same reason.
  matcher.remember?.(randomBytes, isSmall ? FEWEST_PLACES : packBytes <= FEW_BYTES ? FEW_PLACES : PLACES);
  const take = (bytes: number): number => {
    const size = Math.ceil(bytes / 64) * 64;
    if (size > left && size > BLOCK_BYTES / 2) return matcher.reserve(size);
    if (size > left) {
      if (size > block) block = BLOCK_BYTES;
      [next, left, block] = [matcher.reserve(block), block, BLOCK_BYTES];
    }
    const address = next;
    next += size;
    left -= size;
    return address;
  };
  const fresh: Workspace = {
    isSmall,
    region(name, bytes) {
      const held = regions.get(name);
      if (held !== undefined && held.bytes >= bytes) return held.address;
      const address = take(bytes);
      regions.set(name, { address, bytes });
      return address;
    },
  };
  workspaces.set(matcher, fresh);
  return fresh;
}
