import * as native from "node:path";

/** How a system writes paths; `node:path` of the system that runs us unless a test names another. */
export type PathStyle = Pick<typeof native, "isAbsolute" | "relative" | "sep">;

/**
 * Whether `inner` is `outer` or lies in it. Both absolute. git gives slashes on Windows too, where letter case says nothing
 * and two drives have nothing in common.
 */
export function isWithin(inner: string, outer: string, style: PathStyle = native): boolean {
  const way = style.relative(outer, inner);
  return way === "" || (!style.isAbsolute(way) && way !== ".." && !way.startsWith(`..${style.sep}`));
}

/** A path as reports and ignore files show it: with slashes. A backslash is a letter like any other where it parts nothing. */
export const withSlashes = (path: string, style: PathStyle = native): string =>
  style.sep === "\\" ? path.replaceAll("\\", "/") : path;
