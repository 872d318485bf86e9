// Where the objects of a family are made. A base on which nothing more builds gives up its place, so that a chain of versions,
// however long it is, goes to and fro between two places, which the processor's caches hold.

/** Bytes behind an object that may be overwritten while it is made. */
export const SLACK: usize = 320;

/** From here on nothing is needed but the object that was placed last, once it is made. */
export let free: usize = 0;

/** The first line of the cache behind so many bytes and their slack. */
@inline export function behind(at: usize, bytes: usize): usize {
  return (at + bytes + SLACK + 63) & ~63;
}

/** Begins a family, whose first object is at the beginning of the room for all of it. */
@inline export function placeFirst(room: usize): void {
  free = room;
}

/**
 * Gives an object of so many bytes its place.
 *
 * @param from from here on nothing is needed but the base.
 * @param base where that is; `next`: what is free behind it.
 * @param isLast nothing else will be made of the base.
 * @param isLeaf nothing will be made of the object.
 */
@inline export function placeNext(from: usize, base: usize, next: usize, bytes: usize, isLast: bool, isLeaf: bool): usize {
  // What is made of an object needs all that is behind it, so that none stands before a base that is still needed.
  if ((isLast || isLeaf) && from + bytes + SLACK <= base) {
    free = from;
    return from;
  }
  free = isLast ? from : next;
  return next;
}
