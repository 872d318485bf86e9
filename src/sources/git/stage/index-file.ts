// The staging area as it lies in `.git/index`: gitformat-index(5), versions 2 to 4.
import { BrokenObject, TooManyInFolder } from "../objects/broken.ts";
import { hexOf, latin1Of, placeOf, uint16At, uint32At } from "../objects/byte-text.ts";

export interface IndexEntry {
  /** Bytes of the path, as latin1: entries are sorted by them. */
  readonly path: string;
  readonly id: string;
  readonly mode: number;
  /** 0; or 1 to 3 for the sides of a conflict, which no commit can hold. */
  readonly stage: number;
  /** `git add --intent-to-add`: the name is staged, its content is not. */
  readonly isIntent: boolean;
}

/** The tree that a folder of the index would become, as far as git has kept it. */
export interface CachedTree {
  /** Undefined: something below was staged since. */
  readonly id: string | undefined;
  readonly below: ReadonlyMap<string, CachedTree>;
}

export interface IndexFile {
  readonly entries: readonly IndexEntry[];
  readonly tree: CachedTree | undefined;
}

const EXTENDED = 0x4000;
const INTENT_TO_ADD = 0x2000;
const STAT_BYTES = 40;
/** Modes of entries: the type's bits of `st_mode`. */
export const MODE_TYPE = 0o170000;
export const SYMLINK = 0o120000;
export const GITLINK = 0o160000;

function readCachedTree(bytes: Buffer, idBytes: number, mostInFolder: number): CachedTree {
  let at = 0;
  const one = (): [string, CachedTree] => {
    const nameEnd = placeOf(bytes, 0, at);
    const lineEnd = placeOf(bytes, 10, nameEnd);
    const [, count, subtrees] = /^(-?\d+) (\d+)$/.exec(latin1Of(bytes, nameEnd + 1, lineEnd)) ?? [];
    if (nameEnd < 0 || lineEnd < 0 || count === undefined) throw new BrokenObject("its TREE extension is damaged");
    const name = latin1Of(bytes, at, nameEnd);
    at = lineEnd + 1;
    const id = Number(count) < 0 ? undefined : hexOf(bytes, at, (at += idBytes));
    if (Number(subtrees) > mostInFolder) throw new TooManyInFolder();
    const below = new Map<string, CachedTree>();
    for (let i = 0; i < Number(subtrees); i++) below.set(...one());
    return [name, { id, below }];
  };
  return one()[1];
}

/** Extensions whose name begins with a capital may be ignored; any other changes what the entries mean. */
function readExtensions(bytes: Buffer, from: number, idBytes: number, mostInFolder: number): CachedTree | undefined {
  let tree: CachedTree | undefined;
  for (let at = from; at + 8 <= bytes.length - idBytes;) {
    const name = latin1Of(bytes, at, at + 4);
    const size = uint32At(bytes, at + 4);
    const content = bytes.subarray(at + 8, at + 8 + size);
    if (at + 8 + size > bytes.length - idBytes) throw new BrokenObject(`its extension ${name} is cut short`);
    if (!/^[A-Z]/.test(name)) throw new BrokenObject(`it has the extension ${JSON.stringify(name)}`);
    if (name === "TREE" && size > 0) tree = readCachedTree(content, idBytes, mostInFolder);
    at += 8 + size;
  }
  return tree;
}

/** git's variable-length number (`decode_varint`): seven bits a byte, one added a continuation. */
function readStrip(bytes: Buffer, from: number): { value: number; end: number } {
  let at = from;
  let byte = bytes.readUInt8(at++);
  let value = byte & 127;
  while (byte & 128) {
    byte = bytes.readUInt8(at++);
    value = (value + 1) * 128 + (byte & 127);
  }
  return { value, end: at };
}

/**
 * Reads an index. `mostInFolder`: folders in one folder past which `TooManyInFolder` is thrown.
 *
 * @throws BrokenObject for one that only git understands (a split or sparse index, a later version), or a damaged one.
 */
export function parseIndex(bytes: Buffer, idBytes: number, mostInFolder = Infinity): IndexFile {
  if (bytes.length < 12 + idBytes || latin1Of(bytes, 0, 4) !== "DIRC") throw new BrokenObject("it is no index file");
  const version = uint32At(bytes, 4);
  if (version < 2 || version > 4) throw new BrokenObject(`it is of version ${version}`);
  const entries: IndexEntry[] = [];
  let at = 12;
  let path = "";
  try {
    for (let left = uint32At(bytes, 8); left > 0; left--) {
      const begin = at;
      const mode = uint32At(bytes, begin + 24);
      const id = hexOf(bytes, begin + STAT_BYTES, begin + STAT_BYTES + idBytes);
      const flags = uint16At(bytes, begin + STAT_BYTES + idBytes);
      at = begin + STAT_BYTES + idBytes + 2;
      const extended = flags & EXTENDED ? uint16At(bytes, at) : 0;
      if (flags & EXTENDED) at += 2;
      if (version === 4) {
        const strip = readStrip(bytes, at);
        const end = placeOf(bytes, 0, strip.end);
        if (strip.value > path.length || end < 0) throw new BrokenObject("an entry is damaged");
        path = path.slice(0, path.length - strip.value) + latin1Of(bytes, strip.end, end);
        at = end + 1;
      } else {
        const end = placeOf(bytes, 0, at);
        if (end < 0) throw new BrokenObject("an entry is damaged");
        path = latin1Of(bytes, at, end);
        // One to eight NULs, so that entries begin at multiples of eight.
        at = begin + ((end - begin + 8) & ~7);
      }
      entries.push({ path, id, mode, stage: (flags >> 12) & 3, isIntent: (extended & INTENT_TO_ADD) !== 0 });
    }
    return { entries, tree: readExtensions(bytes, at, idBytes, mostInFolder) };
  } catch (error) {
    if (error instanceof RangeError) throw new BrokenObject("it is cut short");
    throw error;
  }
}
