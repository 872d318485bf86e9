/**
 * Something in a repository that cannot be read: cut short, damaged, or of a kind we do not know. It is caught where the
 * reader can go on without the thing, and reported as skipped.
 */
export class BrokenObject extends Error {
  override readonly name = "BrokenObject";
}
