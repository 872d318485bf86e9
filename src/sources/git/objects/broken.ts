/**
 * Something in a repository that cannot be read: cut short, damaged, or of a kind we do not know. It is caught where the
 * reader can go on without the thing, and reported as skipped.
 */
export class BrokenObject extends Error {
  override readonly name = "BrokenObject";
}

/** Why an object that another one names, or a ref, cannot be read. */
export const NOT_THERE = "not in the repository";

/** A delta that builds on itself by way of others, or on more of them than git ever writes. git itself would not come back. */
export class EndlessDeltas extends BrokenObject {
  constructor() {
    super("its chain of deltas does not end where any of git's does");
  }
}

/** A folder holds more than a short look may put into one table. No BrokenObject: nothing is wrong with it. */
export class TooManyInFolder extends Error {}
