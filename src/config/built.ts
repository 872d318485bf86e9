import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ENGINE_VERSION } from "../engine/rulebook.ts";
import { PatrolError } from "../model/errors.ts";
import type { Rule } from "../model/rule.ts";
import { checkStamp, checkTail } from "../model/stamp.ts";
import { packageRoot } from "./package-root.ts";

/** Gives a file that the build made, by its name in dist/. */
export type ReadBuilt = (name: string) => Uint8Array<ArrayBuffer>;

let carried: ReadBuilt | undefined;

/** For the standalone binary, which carries these files in itself. */
export function carryBuilt(read: ReadBuilt): void {
  carried = read;
}

export const isStandalone = () => carried !== undefined;

/** The rules and their image are made from the same. */
const RULES_STAMP = "rules.img";

/** Set in the first look's bundle, which lies in dist/ itself and need not look for the package's root. */
declare const IN_DIST: boolean | undefined;

export const distFile = (name: string) =>
  typeof IN_DIST === "undefined" ? join(packageRoot(), "dist", name) : `${__dirname}/${name}`;

/** Throws `source-unreadable` when the build did not make it, or another build did. */
export function built(name: string): Uint8Array<ArrayBuffer> {
  if (carried !== undefined) return carried(name);
  const path = distFile(name);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = readFileSync(path) as Uint8Array<ArrayBuffer>;
  } catch (cause) {
    throw new PatrolError("source-unreadable", `${path} is missing; run npm run build`, { cause });
  }
  checkTail(name, bytes, path);
  return bytes;
}

interface Shipped {
  readonly stamp: string;
  readonly engine: number;
  readonly hash: string;
  readonly rules: Rule[];
}

const hashes = new WeakMap<readonly Rule[], string>();

/** The built-in rules as the build left them in `rules.json`. */
export function shippedRules(json: Uint8Array): Rule[] {
  const { stamp, engine, hash, rules } = JSON.parse(Buffer.from(json).toString("utf8")) as Shipped;
  checkStamp(RULES_STAMP, stamp, "rules.json");
  if (engine === ENGINE_VERSION) hashes.set(rules, hash);
  return rules;
}

/** The hash of a rulebook of the very rules that `shippedRules` gave, where the build left it: to make it takes longer than to read them. */
export const shippedHash = (rules: readonly Rule[]): string | undefined => hashes.get(rules);
