import type { ByteClasses } from "./byte-classes.ts";
import { grown } from "./grown.ts";

/**
 * Groupings of the classes, by what some sets do not tell apart: classes of a group share a transition, and most states have two or
 * three sets. A grouping is a number; 0 is a single group.
 */
export class ClassGroups {
  /** Steps looked at so far. */
  work = 0;
  readonly #classes: ByteClasses;
  readonly #setCount: number;
  #count = 1;
  /** Of each grouping as many places as there are classes: the group of a class, and the classes that at least one of the sets holds. */
  #groupOf: Uint16Array;
  #taken: Uint16Array;
  #takenCounts = new Uint16Array(8);
  /** By a grouping and the set that splits it further: the finer one, plus 1. */
  #refined: Int32Array;
  /** By old group and membership: the new one plus 1. */
  readonly #renamed: Uint16Array;

  constructor(classes: ByteClasses, setCount: number) {
    this.#classes = classes;
    this.#setCount = setCount;
    const { count } = classes;
    this.#groupOf = new Uint16Array(count * 8);
    this.#taken = new Uint16Array(count * 8);
    this.#refined = new Int32Array(setCount * 8);
    this.#renamed = new Uint16Array(count * 2);
  }

  /** The group of a class `c` in a grouping stands at `grouping * classes.count + c`; another array when it has grown. */
  get groupOf(): Uint16Array {
    return this.#groupOf;
  }

  /** Classes that one of a grouping's sets holds, from `grouping * classes.count` on, `takenCount` of them; most states read few. */
  get taken(): Uint16Array {
    return this.#taken;
  }

  takenCount(grouping: number): number {
    return this.#takenCounts[grouping]!;
  }

  forget(): void {
    this.#count = 1;
    this.#refined.fill(0);
  }

  /** The grouping that a further set makes of one. */
  refine(grouping: number, set: number): number {
    const finer = this.#refined[grouping * this.#setCount + set]!;
    return finer === 0 ? this.#split(grouping, set) : finer - 1;
  }

  #split(coarse: number, set: number): number {
    const { count: classCount, takes } = this.#classes;
    const fine = this.#count;
    if ((fine + 1) * classCount > this.#groupOf.length) {
      this.#groupOf = grown(this.#groupOf, (fine + 1) * 2 * classCount);
      this.#taken = grown(this.#taken, (fine + 1) * 2 * classCount);
      this.#takenCounts = grown(this.#takenCounts, (fine + 1) * 2);
      this.#refined = grown(this.#refined, (fine + 1) * 2 * this.#setCount);
    }
    const groupOf = this.#groupOf;
    const taken = this.#taken;
    const renamed = this.#renamed.fill(0);
    const from = coarse * classCount;
    const to = fine * classCount;
    const wereTaken = this.#takenCounts[coarse]!;
    let count = 0;
    let takenCount = 0;
    let isFiner = false;
    for (let c = 0, t = 0; c < classCount; c++) {
      const isTaken = takes[set * classCount + c]!;
      const key = groupOf[from + c]! * 2 + isTaken;
      if (renamed[key] === 0) renamed[key] = ++count;
      groupOf[to + c] = renamed[key]! - 1;
      isFiner ||= groupOf[to + c] !== groupOf[from + c];
      const wasTaken = t < wereTaken && taken[from + t] === c;
      if (wasTaken) t++;
      if (wasTaken || isTaken === 1) taken[to + takenCount++] = c;
    }
    this.work += classCount;
    const grouping = isFiner || takenCount !== wereTaken ? fine : coarse;
    if (grouping === fine) {
      this.#count++;
      this.#takenCounts[fine] = takenCount;
    }
    this.#refined[coarse * this.#setCount + set] = grouping + 1;
    return grouping;
  }
}
