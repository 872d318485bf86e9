/** Object ids in order, one behind the other. */
export class SortedIds {
  readonly #idBytes: number;
  readonly count: number;
  #bytes: Buffer | undefined;
  readonly #read: () => Buffer;

  /**
   * @param count how many there are.
   * @param read gives whole ids, ascending, when the first is asked for.
   */
  constructor(count: number, read: () => Buffer, idBytes: number) {
    this.count = count;
    this.#read = read;
    this.#idBytes = idBytes;
  }

  /** @param bytes whole ids, ascending. */
  static of(bytes: Buffer, idBytes: number): SortedIds {
    return new SortedIds(bytes.length / idBytes, () => bytes, idBytes);
  }

  static from(hexIds: Iterable<string>, idBytes: number): SortedIds {
    return SortedIds.of(Buffer.from([...hexIds].sort().join(""), "hex"), idBytes);
  }

  get bytes(): Buffer {
    return (this.#bytes ??= this.#read());
  }

  /** Hex, ascending. */
  *[Symbol.iterator](): Generator<string> {
    const idBytes = this.#idBytes;
    for (let at = 0; at < this.bytes.length; at += idBytes) yield this.bytes.toString("hex", at, at + idBytes);
  }

  has(id: Uint8Array): boolean {
    const idBytes = this.#idBytes;
    return this.count > 0 && findId(this.bytes, 0, idBytes, idBytes, 0, this.count - 1, 0, id, 0) >= 0;
  }
}

/**
 * Finds an id among sorted ones, `stride` bytes apart, from number `low` to `high`, which share their first `shared` bytes.
 * Ids are spread evenly, so the place is guessed and the guess mended by how far off it was; ids that someone chose so
 * that this fails are found by halving.
 *
 * @returns its number; -1: it is not there.
 */
export function findId(
  sorted: Uint8Array,
  names: number,
  stride: number,
  idBytes: number,
  low: number,
  high: number,
  shared: number,
  ids: Uint8Array,
  at: number,
): number {
  const perKey = (high - low + 1) / 2 ** 32;
  const key = keyAt(ids, at + shared);
  let middle = low + Math.floor(key * perKey);
  for (let guesses = 0; low <= high; guesses++) {
    const name = names + middle * stride;
    const distance = key - keyAt(sorted, name + shared);
    let order = distance;
    for (let k = shared + 4; order === 0 && k < idBytes; k++) order = (ids[at + k] ?? 0) - (sorted[name + k] ?? 0);
    if (order === 0) return middle;
    if (order > 0) low = middle + 1;
    else high = middle - 1;
    const guess = middle + Math.trunc(distance * perKey);
    middle = guesses < 4 ? Math.min(high, Math.max(low, guess)) : (low + high) >>> 1;
  }
  return -1;
}

/** Four bytes as a number. */
function keyAt(ids: Uint8Array, at: number): number {
  const low = ((ids[at + 1] as number) << 16) | ((ids[at + 2] as number) << 8) | (ids[at + 3] as number);
  return (ids[at] as number) * 2 ** 24 + low;
}
