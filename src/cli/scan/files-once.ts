import { dirname, resolve } from "node:path";
import type { FileEntry } from "../../sources/files/walk.ts";

/** A location as one string a file, a character for each byte: a name need not be UTF-8. */
function placeOf(location: string | Buffer): string {
  const bytes = typeof location === "string" ? Buffer.from(location) : location;
  return resolve(Buffer.from(process.cwd()).toString("latin1"), bytes.toString("latin1"));
}

/** Whether one of the roots is another, or lies in it. */
function overlap(roots: readonly string[]): boolean {
  const places = new Set(roots.map((root) => placeOf(root)));
  if (places.size < roots.length) return true;
  return [...places].some((place) => {
    for (let above = dirname(place), at = place; above !== at; at = above, above = dirname(at))
      if (places.has(above)) return true;
    return false;
  });
}

/** Passes on each file once, however many of the roots it lies below: what it holds is one leak. */
export function filesOnce(roots: readonly string[]): (entries: readonly FileEntry[]) => readonly FileEntry[] {
  if (roots.length < 2 || !overlap(roots)) return (entries) => entries;
  const seen = new Set<string>();
  return (entries) =>
    entries.filter(({ location, symlink = "" }) => {
      const key = `${placeOf(location)}\0${symlink}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}
