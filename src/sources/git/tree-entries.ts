// A tree object, entry by entry: `<octal mode> <name>\0<id>`.
import { BrokenObject } from "./broken.ts";

export interface TreeEntry {
  readonly mode: number;
  readonly id: string;
}

export const FOLDER = 0o040000;

/** Entries by the bytes of their name, as latin1. @throws BrokenObject */
export function readTreeEntries(bytes: Buffer, idBytes: number): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const end = bytes.indexOf(0, space);
    if (space < 0 || end < 0 || end + 1 + idBytes > bytes.length) throw new BrokenObject("the tree is damaged");
    const mode = Number.parseInt(bytes.toString("latin1", at, space), 8);
    entries.set(bytes.toString("latin1", space + 1, end), {
      mode,
      id: bytes.toString("hex", end + 1, end + 1 + idBytes),
    });
    at = end + 1 + idBytes;
  }
  return entries;
}
