import { ofAnotherBuild } from "./build.ts";
import { PatrolError } from "./errors.ts";

/**
 * Put in by scripts/build.mjs: for each compiled file in dist/ its name, a colon, and a hash of what it is made from. The file
 * itself ends in the same characters.
 */
declare const PATROL_STAMPS: string | undefined;

/** Characters of a stamp. */
export const STAMP_BYTES = 32;

/** What a compiled file must end in. Undefined where nobody knows: run from source. */
export const stampOf = (name: string): string | undefined =>
  typeof PATROL_STAMPS === "undefined" ? undefined : PATROL_STAMPS.split(`${name}:`)[1]?.slice(0, STAMP_BYTES);

/** Throws `source-unreadable` for a file of another build: a core of other rules could find nothing, and nobody would hear of it. */
export function checkStamp(name: string, stamp: string, path = name): void {
  const own = stampOf(name);
  if (own === undefined || own === stamp) return;
  throw new PatrolError("source-unreadable", ofAnotherBuild(path));
}

/** As `checkStamp`, by the file's last bytes. */
export function checkTail(name: string, bytes: Uint8Array, path?: string): void {
  checkStamp(name, Buffer.from(bytes.subarray(-STAMP_BYTES)).toString("latin1"), path);
}
