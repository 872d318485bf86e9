import { Memory, type LinearMemory } from "../../../src/sources/git/core/webassembly.ts";
import { loadGitCore, SLACK, TABLES_END, type GitAsked, type GitCore } from "../../../src/sources/git/core/git-core.ts";
import { hold } from "../target.ts";

/** The git core in a memory of its own, where every byte outside of what a call may write is watched. */
export class GuardedCore {
  readonly git: GitCore;
  readonly #memory: LinearMemory;
  readonly #bytes: Buffer;
  readonly #before: Buffer;
  #free: number;

  /** @param pages of 64 KiB, behind the core's tables. */
  constructor(pages = 4, asked: Partial<GitAsked> = {}) {
    this.#memory = new Memory({ initial: pages + 1 });
    let reserved = TABLES_END;
    const reserve = (bytes: number) => {
      const at = reserved;
      reserved += bytes;
      return at;
    };
    this.git = loadGitCore(this.#memory, reserve, asked);
    this.#free = reserved;
    this.#bytes = Buffer.from(this.#memory.buffer);
    this.#before = Buffer.alloc(this.#bytes.length);
    this.#start = this.#free;
  }
  readonly #start: number;

  /** Forgets all places. What lay there is still there: the core must not care. */
  reset(): void {
    this.#free = this.#start;
  }

  /** The address of a copy of `content`, between bytes that are nobody's. */
  put(content: Uint8Array): number {
    const at = this.room(content.length);
    this.#bytes.set(content, at);
    return at;
  }

  /** The address of room for `length` bytes, and SLACK on each side. */
  room(length: number): number {
    const at = this.#free + SLACK;
    this.#free = at + length + SLACK;
    hold(this.#free <= this.#bytes.length, () => "the input does not fit the test's memory");
    return at;
  }

  /** Puts bytes where there is room for them. */
  write(at: number, content: Uint8Array): void {
    this.#bytes.set(content, at);
  }

  read(at: number, length: number): Buffer {
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  /** Runs `act`, which may write from each address on so many bytes, and in the core's own scratch; nowhere else. */
  within<T>(allowed: readonly (readonly [at: number, length: number])[], act: () => T): T {
    this.#before.set(this.#bytes);
    const result = act();
    let from = this.#start;
    for (const [at, length] of [...allowed, [this.#bytes.length, 0] as const]) {
      const untouched = this.#before.compare(this.#bytes, from, at, from, at) === 0;
      hold(untouched, () => `wrote between ${from} and ${at}, outside of its room at ${allowed.join("; ")}`);
      from = at + length;
    }
    return result;
  }
}
