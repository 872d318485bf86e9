import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../disk/make-folder.ts";

/**
 * A value that is made once and kept in the data folder, readable by its owner alone. Two processes that ask at once
 * get the same: a file is named only when complete, and the first name stands.
 */
export function keep(
  folder: string,
  name: string,
  make: () => string,
): { readonly text: string; readonly isNew: boolean } {
  const path = join(folder, name);
  const kept = read(path);
  if (kept !== undefined) return { text: kept, isNew: false };
  makeFolder(folder, 0o700);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  const text = make();
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, `${text}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
    sync(folder);
    return { text, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return { text: read(path) ?? "", isNew: false };
  } finally {
    rmSync(draft, { force: true });
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trimEnd();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A pepper that a power cut takes away makes every token unknown, so its name is synced too. */
function sync(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The id is random, so that two data folders that share a database by mistake differ in ids and are told apart. */
export const makePeppers = () => `p-${randomBytes(4).toString("hex")}:${randomBytes(32).toString("base64")}`;

export const makeWebhookSecret = () => randomBytes(32).toString("hex");
