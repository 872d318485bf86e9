import { chmodSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../disk/make-folder.ts";
import { whyOf } from "../../disk/why.ts";
import { readRegular } from "../../disk/regular-file.ts";
import { PatrolError } from "../../model/errors.ts";
import { BEFORE, isOurs } from "./script.ts";

/** What became of one hook, as a sentence for people. */
export type Told = string;

/** Writes a hook; what was there is kept beside it. Doing it again changes nothing. */
export function putHook(folder: string, name: string, script: string): Told {
  const path = join(folder, name);
  const was = existsSync(path) ? readRegular(path).toString("utf8") : undefined;
  if (was === script) return `${path} is there already`;
  try {
    makeFolder(folder);
    const kept = was !== undefined && !isOurs(was);
    if (kept && existsSync(path + BEFORE))
      throw new PatrolError("usage-invalid", `${path + BEFORE} is in the way; move it, then install again`);
    if (kept) renameSync(path, path + BEFORE);
    // Whole or not at all: git may run it at any time.
    writeFileSync(`${path}.new`, script, { mode: 0o755 });
    chmodSync(`${path}.new`, 0o755);
    renameSync(`${path}.new`, path);
    return kept ? `${path} written; the hook that was there runs too, as ${name}${BEFORE}` : `${path} written`;
  } catch (error) {
    if (error instanceof PatrolError) throw error;
    throw new PatrolError("usage-invalid", `cannot write ${path}: ${whyOf(error)}`, { cause: error });
  }
}

/** Takes our hook away and puts back what was there, byte for byte. Undefined: there is none of ours. */
export function removeHook(folder: string, name: string): Told | undefined {
  const path = join(folder, name);
  const hasBefore = existsSync(path + BEFORE);
  if (!existsSync(path) || !isOurs(readRegular(path).toString("utf8"))) {
    return hasBefore
      ? `${path} is not Patrol's any more, so it was left; what was there before is ${name}${BEFORE}`
      : undefined;
  }
  if (hasBefore) renameSync(path + BEFORE, path);
  else rmSync(path);
  return hasBefore ? `${path} is again what it was` : `${path} removed`;
}

/** Replaces a file's text, whole or not at all. */
export function replaceText(path: string, text: string): void {
  makeFolder(dirname(path));
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
