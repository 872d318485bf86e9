// A pack's table in the git core's memory, for what the core does with all entries of a pack.
import type { GitLists } from "../core/git-lists.ts";
import type { FamilyTable } from "./pack-table.ts";

type Region = (name: string, bytes: number) => number;

export class PackColumns {
  readonly #lists: GitLists;
  readonly #region: Region;
  #held: FamilyTable | undefined;

  constructor(lists: GitLists, region: Region) {
    this.#lists = lists;
    this.#region = region;
  }

  /**
   * Tells the core which pack the next calls are about.
   *
   * @param addresses where there are the addresses of its streams in words.
   * @param first the number of the pack's first object.
   */
  choose(table: FamilyTable, addresses: number, first: number): void {
    const { count } = table;
    const address = table.address ?? this.#copy(table);
    this.#lists.git.packColumns(address, count, addresses, first);
  }

  /** What another thread read. */
  #copy(table: FamilyTable): number {
    const address = this.#region("columns of a pack", 34 * table.count + 64);
    if (this.#held === table) return address;
    this.#held = table;
    let at = address;
    const { offset, size, firstChild, nextSibling, nameOf, base, head, type } = table;
    for (const column of [offset, size, firstChild, nextSibling, nameOf, base, head, type]) {
      this.#lists.bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
      at += column.byteLength;
    }
    return address;
  }
}
