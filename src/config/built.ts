import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PatrolError } from "../model/errors.ts";
import { packageRoot } from "./package-root.ts";

/** Gives a file that the build made, by its name in dist/. */
export type ReadBuilt = (name: string) => Uint8Array<ArrayBuffer>;

let carried: ReadBuilt | undefined;

/** For the standalone binary, which carries these files in itself. */
export function carryBuilt(read: ReadBuilt): void {
  carried = read;
}

export const isStandalone = () => carried !== undefined;

/** Set in the first look's bundle, which lies in dist/ itself and need not look for the package's root. */
declare const IN_DIST: boolean | undefined;

export const distFile = (name: string) =>
  typeof IN_DIST === "undefined" ? join(packageRoot(), "dist", name) : `${__dirname}/${name}`;

/** Throws `source-unreadable` when the build did not make it. */
export function built(name: string): Uint8Array<ArrayBuffer> {
  if (carried !== undefined) return carried(name);
  const path = distFile(name);
  try {
    return readFileSync(path) as Uint8Array<ArrayBuffer>;
  } catch (cause) {
    throw new PatrolError("source-unreadable", `${path} is missing; run npm run build`, { cause });
  }
}
