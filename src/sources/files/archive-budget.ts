/** What an archive may cost. Whatever passes a limit is reported and not unpacked further. */
export interface ArchiveLimits {
  /** How many archives may stand in each other; 0: none is opened. */
  readonly depth: number;
  /** Bytes of one unpacked entry. */
  readonly entryBytes: number;
  /** Bytes unpacked from one outermost archive in all. */
  readonly totalBytes: number;
  readonly entries: number;
  /** Bytes of memory that libarchive takes beyond those of the archive: its dictionaries, and where links lead. */
  readonly memory: number;
  /** Characters of names that are looked at, those of the folders on the way among them. */
  readonly names: number;
  /** Unpacked bytes for each packed byte, once more than `ratioFrom` bytes were unpacked. */
  readonly ratio: number;
  readonly ratioFrom: number;
}

export const ARCHIVE_LIMITS: ArchiveLimits = {
  depth: 0,
  entryBytes: 256 << 20,
  totalBytes: 1 << 30,
  entries: 100_000,
  memory: 640 << 20,
  names: 64 << 20,
  ratio: 250,
  ratioFrom: 32 << 20,
};

export class LimitReached extends Error {}

/** What one outermost archive has cost so far, with all that stands in it. What is more than it may throws `LimitReached`. */
export class ArchiveBudget {
  readonly limits: ArchiveLimits;
  /** What is said of an entry of more than `entryBytes`. */
  readonly tooLarge: string;
  readonly #packed: number;
  #total = 0;
  #entries = 0;
  #names = 0;

  /** @param packed bytes of the outermost archive. */
  constructor(limits: ArchiveLimits, packed: number) {
    this.limits = limits;
    this.tooLarge = `unpacks to more than ${limits.entryBytes >> 20} MB`;
    this.#packed = packed;
  }

  /** Bytes that were unpacked. */
  spend(bytes: number): void {
    const { totalBytes, ratio, ratioFrom } = this.limits;
    this.#total += bytes;
    if (this.#total > totalBytes) throw new LimitReached(`more than ${totalBytes >> 20} MB unpacked`);
    if (this.#total > ratioFrom && this.#total > this.#packed * ratio)
      throw new LimitReached(`unpacks to more than ${ratio} times its size`);
  }

  /** Counts the pieces of one entry, which is no archive: each is spent, and all together may be no more than an entry may. */
  entryMeter(): (piece: Uint8Array) => void {
    let size = 0;
    return ({ length }) => {
      size += length;
      if (size > this.limits.entryBytes) throw new LimitReached(this.tooLarge);
      this.spend(length);
    };
  }

  /** @returns takes back what was spent since now. */
  mark(): () => void {
    const total = this.#total;
    return () => void (this.#total = total);
  }

  /** One entry more. */
  enter(): void {
    if (++this.#entries > this.limits.entries) throw new LimitReached(`more than ${this.limits.entries} entries`);
  }

  /** Whether a name of that length may be looked at. @param over called once, for the first that may not. */
  spendName(length: number, over: (why: string) => void): boolean {
    const isOver = this.#names > this.limits.names;
    this.#names += length;
    if (this.#names <= this.limits.names) return true;
    if (!isOver) over(`names of more than ${this.limits.names} characters`);
    return false;
  }
}
