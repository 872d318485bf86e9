// Names of files and folders, each once, in the memory of the git core, which numbers them.
import { randomBytes } from "../../../disk/random.ts";
import { NAMES_FULL, type GitCore } from "../core/git-core.ts";
import type { Matcher } from "../core/matcher.ts";
import { workspaceOf } from "../core/workspace.ts";

const FIRST_NAMES = 1 << 14;
/** Room for a name, on the average: most are shorter. */
const NAME_BYTES = 32;
/** Bytes behind a name that the core reads. */
const READ_BEHIND = 8;

export class TreeNames {
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  /** Nobody can foresee which names meet at one place. */
  readonly #seed = randomBytes(4).readUInt32LE() | 1;
  #most = FIRST_NAMES / 2;
  #text = 0;
  #starts = 0;

  constructor(matcher: Matcher, git: GitCore) {
    this.#matcher = matcher;
    this.#git = git;
    this.grow();
  }

  /** Makes room for twice as many. The matcher's memory may grow. */
  grow(): void {
    this.#most *= 2;
    const most = this.#most;
    const space = workspaceOf(this.#matcher);
    this.#text = space.region(`names of ${most}`, NAME_BYTES * most + READ_BEHIND);
    this.#starts = space.region(`starts of ${most} names`, 4 * most);
    const slots = space.region(`slots of ${most} names`, 8 * most);
    this.#git.moreNames(this.#text, NAME_BYTES * most, this.#starts, slots, most, this.#seed);
  }

  get count(): number {
    return this.#git.nameCounted();
  }

  /** The number of the name that stands from `from` to `to` in the memory. */
  numberOf(from: number, to: number): number {
    for (;;) {
      const number = this.#git.numberOfName(from, to);
      if (number !== NAMES_FULL) return number;
      this.grow();
    }
  }

  /** The name, one character a byte. */
  at(name: number): string {
    return this.lines().toString("latin1", this.lineStart(name), this.lineStart(name + 1) - 1);
  }

  /** All names, each with a line feed behind it: a view that dies when the memory grows. */
  lines(): Buffer {
    return Buffer.from(this.#matcher.memory.buffer, this.#text, this.#git.nameBytes());
  }

  /** Where a name's line begins in `lines()`; behind the last one, where they end. */
  lineStart(name: number): number {
    if (name >= this.count) return this.#git.nameBytes();
    return new DataView(this.#matcher.memory.buffer).getUint32(this.#starts + 4 * name, true);
  }
}
