import { NOTHING, readable, type Carried } from "./carried.ts";
import { linesOf } from "./globs.ts";

/** A file for trufflehog's --exclude-paths: an expression a line, in Go's syntax, which is ours. */
export function fromTrufflehog(name: string, text: string): Carried {
  const { good, left } = readable(linesOf(text), name);
  return { ...NOTHING, paths: good, left };
}
