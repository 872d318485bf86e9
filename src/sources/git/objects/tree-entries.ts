// A tree object, entry by entry: `<octal mode> <name>\0<id>`.
import { BrokenObject } from "./broken.ts";
import { hexOf, latin1Of, placeOf } from "./byte-text.ts";

export interface TreeEntry {
  readonly mode: number;
  readonly id: string;
}

export const FOLDER = 0o040000;

/** No folder of any work tree lies as deep. */
export const DEEPEST = 2000;
/**
 * A folder that stands at several places is looked at at each of them. A tree that holds another one twice, and that one
 * the next, has more places than anybody can look at: how many more than there are trees.
 */
export const MOST_PLACES_MORE = 1 << 14;
export const MOST_PLACES_A_TREE = 256;

/** Entries by the bytes of their name, as latin1. @throws BrokenObject */
export function readTreeEntries(bytes: Buffer, idBytes: number): Map<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  for (let at = 0; at < bytes.length;) {
    const space = placeOf(bytes, 32, at);
    const end = placeOf(bytes, 0, space);
    if (space < 0 || end < 0 || end + 1 + idBytes > bytes.length) throw new BrokenObject("the tree is damaged");
    const mode = Number.parseInt(latin1Of(bytes, at, space), 8);
    entries.set(latin1Of(bytes, space + 1, end), {
      mode,
      id: hexOf(bytes, end + 1, end + 1 + idBytes),
    });
    at = end + 1 + idBytes;
  }
  return entries;
}

/** An entry where it lies. */
export interface TreeLine {
  readonly kind: "file" | "folder" | "module";
  /** One character a byte. */
  readonly name: string;
  /** Binary, one character a byte. */
  readonly id: string;
  /** Where the next one begins. */
  readonly next: number;
}

/**
 * The entry that starts at `at`; undefined when it is damaged. Modes: 40000 folder, 160000 another repository, all else
 * files and links.
 */
export function readEntry(bytes: Buffer, at: number, idBytes: number): TreeLine | undefined {
  const nul = bytes.indexOf(0, at);
  const space = bytes.indexOf(0x20, at);
  const next = nul + 1 + idBytes;
  if (nul < 0 || space < 0 || space > nul || next > bytes.length) return undefined;
  const type = parseInt(bytes.toString("latin1", at, space), 8) & 0o170000;
  const kind = type === 0o040000 ? "folder" : type === 0o160000 ? "module" : "file";
  return { kind, name: bytes.toString("latin1", space + 1, nul), id: bytes.toString("latin1", nul + 1, next), next };
}

/** Whether `name` stands at `at`; from its end on, since names in one folder differ there as a rule. */
function isNameAt(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  let i = name.length;
  while (i > 0 && bytes[at + i - 1] === name[i - 1]) i--;
  return i === 0;
}

/**
 * Where the entry of this name begins, the first of them: the one that `readEntry` gives, entry by entry, of a folder that may
 * have a hundred thousand. -1: none comes before the end, or before one that is damaged.
 */
export function findEntry(bytes: Uint8Array, name: Uint8Array, idBytes: number): number {
  const { length } = bytes;
  for (let at = 0; at < length;) {
    let to = at;
    while (to < length && bytes[to] !== 0x20 && bytes[to] !== 0) to++;
    if (bytes[to] !== 0x20) return -1;
    const from = ++to;
    while (to < length && bytes[to] !== 0) to++;
    const next = to + 1 + idBytes;
    if (next > length) return -1;
    if (to - from === name.length && isNameAt(bytes, from, name)) return at;
    at = next;
  }
  return -1;
}

const hasNoNul = (bytes: Uint8Array, from: number, to: number) => {
  while (from < to && bytes[from] !== 0) from++;
  return from === to;
};

/** Whether an entry begins as "100644 " or "120000 " does. */
export const isPlainFile = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x31 &&
  (bytes[at + 1] === 0x30 || bytes[at + 1] === 0x32) &&
  bytes[at + 6] === 0x20 &&
  hasNoNul(bytes, at + 2, at + 6);
