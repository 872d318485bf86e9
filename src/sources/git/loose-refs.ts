// Refs in files of their own, as git reads them (gitrepository-layout(5)): names are bytes, and a link may stand for a ref.
import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { readRegular, refuseEndless } from "../../disk/regular-file.ts";
import type { Skipped } from "../source.ts";
import { pathText } from "./path-text.ts";

/** What each says by its name, both with one character a byte. */
export type RefTexts = Map<string, string>;

export const pathOf = (folder: string, name: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, "latin1")]);

/** What is longer is no ref. */
const MOST_REF_BYTES = 1 << 20;

/** A file; empty where there is none. A pipe, which nobody may ever write to, is none. */
export function readBytes(path: string | Buffer, mostBytes?: number): Buffer {
  try {
    return readRegular(path, true, mostBytes);
  } catch {
    return Buffer.alloc(0);
  }
}

/** The name of the ref that a link stands for, be it there or packed; undefined: it is none, or leads elsewhere. */
function linkedRef(path: string | Buffer): string | undefined {
  try {
    const target = readlinkSync(path, "latin1");
    return target.startsWith("refs/") ? target : undefined;
  } catch {
    return undefined; // no link
  }
}

/** Whether the folder has a HEAD, as a repository does: a file, or the link that older ones have. */
export const hasHead = (folder: string): boolean =>
  existsSync(`${folder}/HEAD`) || linkedRef(`${folder}/HEAD`) !== undefined;

const readText = (path: string | Buffer) => readBytes(path, MOST_REF_BYTES).toString("latin1").trim();

/** What a file with a ref says: an id, or `ref: ` and a name. Empty where there is none. */
export function readRefText(path: string | Buffer): string {
  const linked = linkedRef(path);
  return linked === undefined ? readText(path) : `ref: ${linked}`;
}

/** All below a folder of `root`. Links to folders are not followed: they may lead through any number of files. */
export function looseRefs(root: string, prefix: string, unread: Skipped[]): RefTexts {
  const found: RefTexts = new Map();
  const visit = (name: string) => {
    for (const entry of readdirSync(pathOf(root, name), { withFileTypes: true, encoding: "buffer" })) {
      const child = `${name}/${entry.name.toString("latin1")}`;
      if (entry.isDirectory()) visit(child);
      else if (child.endsWith(".lock")) continue;
      else {
        const path = pathOf(root, child);
        if (!entry.isFile()) refuseEndless(path);
        if (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
          unread.push({
            what: `what is below ${pathText(child)}`,
            why: "a link stands in the place of a folder of refs",
          });
        else found.set(child, entry.isFile() ? readText(path) : readRefText(path));
      }
    }
  };
  if (existsSync(`${root}/${prefix}`)) visit(prefix);
  return found;
}
