import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "corpus");

export interface Kept {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** Inputs that once broke a target, or that are hard to come by. */
export function keptInputs(target: string): Kept[] {
  const folder = join(ROOT, target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ file: join(folder, name), bytes: readFileSync(join(folder, name)) }));
}

/** Writes an input to the target's corpus and gives the file's path. */
export function keep(target: string, bytes: Uint8Array): string {
  const folder = join(ROOT, target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash("sha256").update(bytes).digest("hex").slice(0, 12));
  writeFileSync(file, bytes);
  return file;
}
