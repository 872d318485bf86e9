/** A list of 32-bit numbers that grows: what would take ten times the memory as objects. */
export class IntList {
  #items: Int32Array;
  readonly #blank: number;
  #length = 0;

  /** @param blank what stands at places that were never set. */
  constructor(capacity = 1024, blank = 0) {
    this.#blank = blank;
    this.#items = blankItems(capacity, blank);
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return index < this.#length ? (this.#items[index] as number) : this.#blank;
  }

  push(item: number): void {
    if (this.#length === this.#items.length) this.#grow(this.#length + 1);
    this.#items[this.#length++] = item;
  }

  /** Takes the last item; there must be one. */
  pop(): number {
    return this.#items[--this.#length] as number;
  }

  /** Adds once more what stands from `from` to `to`. */
  repeat(from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#items.length) this.#grow(length);
    this.#items.copyWithin(this.#length, from, to);
    this.#length = length;
  }

  insert(index: number, item: number): void {
    this.push(item);
    this.#items.copyWithin(index + 1, index, this.#length - 1);
    this.#items[index] = item;
  }

  remove(index: number): void {
    this.#items.copyWithin(index, index + 1, this.#length--);
  }

  set(index: number, item: number): void {
    if (index >= this.#items.length) this.#grow(index + 1);
    if (index >= this.#length) this.#length = index + 1;
    this.#items[index] = item;
  }

  /** The items from `from` to `to`: a view that dies when the list grows. */
  view(from: number, to: number): Int32Array {
    return this.#items.subarray(from, to);
  }

  #grow(least: number): void {
    const items = blankItems(Math.max(least, 2 * this.#items.length), this.#blank);
    items.set(this.#items.subarray(0, this.#length));
    this.#items = items;
  }
}

/** What is zero is not written: memory that nobody uses is then never touched. */
const blankItems = (count: number, blank: number): Int32Array => {
  const items = new Int32Array(count);
  return blank === 0 ? items : items.fill(blank);
};
