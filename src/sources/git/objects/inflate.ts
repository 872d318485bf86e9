import { inflateSync } from "node:zlib";
import { BrokenObject } from "./broken.ts";
import { SLACK, type GitCore } from "../core/git-core.ts";
import type { LinearMemory } from "../core/webassembly.ts";

/**
 * Inflates one zlib stream; what lies behind it is not looked at.
 *
 * @throws BrokenObject when the stream is damaged, or holds more than `most` bytes.
 */
export type Inflate = (packed: Uint8Array, most: number) => Buffer;

/** By Node's zlib. */
export const inflateByNode: Inflate = (packed, most) => {
  try {
    return inflateSync(packed, { maxOutputLength: most });
  } catch (error) {
    const isLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new BrokenObject(isLarge ? "larger than 512 MB" : "the object's stream is damaged");
  }
};

/** Larger ones are left to Node. */
const SMALL_BYTES = 1 << 20;
/** A loose object says how long it is only inside; few shrink to less than an eighth. */
const likelyBytes = (packed: Uint8Array) => Math.min(8 * packed.length + 4096, SMALL_BYTES);

/** As `inflateByNode`, small streams by a core that is set up: Node needs longer to begin than most objects take. */
export function inflateSmall(core: GitCore, memory: LinearMemory, reserve: (bytes: number) => number): Inflate {
  const source = reserve(2 * (SMALL_BYTES + SLACK));
  const target = source + SMALL_BYTES + SLACK;
  return (packed, most) => {
    if (packed.length > SMALL_BYTES) return inflateByNode(packed, most);
    new Uint8Array(memory.buffer).set(packed, source);
    const capacity = most <= SMALL_BYTES ? most : likelyBytes(packed);
    const length = core.inflate(source, source + packed.length, target, capacity);
    // What is wrong with it, Node tells.
    return length < 0 ? inflateByNode(packed, most) : Buffer.from(new Uint8Array(memory.buffer, target, length));
  };
}

const TOO_LONG = -2;
/** Past this the memory of a short look is better not filled. */
const MOST_BYTES = 64 << 20;

/**
 * By WebAssembly that exports what the git core does, for who starts once and reads little: Node's zlib brings its streams
 * along, which take longer to load than ten files to inflate. `reserve` gives room in `memory` for good.
 */
export function inflateInCore(exports: object, memory: LinearMemory, reserve: (bytes: number) => number): Inflate {
  const core = exports as Pick<GitCore, "inflate" | "inflateSetup">;
  core.inflateSetup();
  let room = 0;
  let address = 0;
  const makeRoom = (bytes: number) => {
    if (bytes <= room) return;
    room = Math.max(2 * room, bytes);
    address = reserve(room);
  };
  return (packed, most) => {
    for (let capacity = Math.min(most, 8 * packed.length + 4096); ; capacity = Math.min(most, 4 * capacity)) {
      const target = (packed.length + SLACK + 15) & ~15;
      // No BrokenObject, which would send the caller to git: the short look is given up, and the whole program looks.
      if (target + capacity > MOST_BYTES) throw new Error("too much for a short look");
      makeRoom(target + capacity + SLACK);
      new Uint8Array(memory.buffer).set(packed, address);
      const length = core.inflate(address, address + packed.length, address + target, capacity);
      if (length >= 0) {
        const content = Buffer.allocUnsafe(length);
        content.set(new Uint8Array(memory.buffer, address + target, length));
        return content;
      }
      if (length !== TOO_LONG || capacity >= most)
        throw new BrokenObject(length === TOO_LONG ? "larger than 512 MB" : "the object's stream is damaged");
    }
  };
}
