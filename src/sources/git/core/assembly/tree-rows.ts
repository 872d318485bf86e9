// What is known of each tree that was read, a row of words for each, in the order in which they were read: bases come first. Trees
// are met in any order of their numbers, so that a column for each word would be a wait for memory each.
import { addressOf, clear, extend, get, lengthOf, set, TREE_ROW, TREES } from "./lists";

/** Words of a row. That of its base, or 0. */
export const BASE: usize = 0;
export const CHANGES_FROM: usize = 1;
export const CHANGES_TO: usize = 2;
export const CHILDREN_FROM: usize = 3;
export const CHILDREN_TO: usize = 4;
/** Whether all that it leads to was read, or is about to be. */
export const REACHED: usize = 5;
/** See marks.ts. */
export const OWN: usize = 6;
export const SUM: usize = 7;
const WORDS: i32 = 8;

/** In the place of a row. Rows begin at 1. */
export const NOT_READ: i32 = 0;
export const DAMAGED: i32 = -1;

/** The row of a tree, by its number; or why it has none. */
@inline export function rowOf(tree: i32): i32 {
  return get(TREE_ROW, tree);
}

@inline export function setRow(tree: i32, row: i32): void {
  set(TREE_ROW, tree, row);
}

@inline function cell(row: i32, word: usize): usize {
  return addressOf(TREES) + (((<usize>row << 3) + word) << 2);
}

@inline export function wordOf(row: i32, word: usize): i32 {
  return load<i32>(cell(row, word));
}

@inline export function setWord(row: i32, word: usize, item: i32): void {
  store<i32>(cell(row, word), item);
}

/** How many rows there are, with the one that counts for none. */
@inline export function rowCount(): i32 {
  return lengthOf(TREES) >> 3;
}

/** Forgets all rows. */
export function clearRows(trees: i32): void {
  clear(TREE_ROW, trees);
  clear(TREES, WORDS);
}

/** Adds a row, all of it zero. */
export function addRow(): i32 {
  const row = rowCount();
  memory.fill(extend(TREES, WORDS), 0, WORDS << 2);
  return row;
}
