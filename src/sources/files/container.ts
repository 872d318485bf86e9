// What stands in a zip, tar, 7z or rar, by libarchive.
import { ArchiveReader, type LibarchiveWasm } from "libarchive-wasm";
import { isPlainTar, plainNames } from "./entry-names.ts";
import { unlistedIn } from "./unlisted.ts";
import { listedFiles } from "./zip-directory.ts";

/** What unpacking may cost. All of them throw when it is too much. */
export interface Costs {
  /** Larger entries are not taken out. */
  readonly entryBytes: number;
  /** Told of each entry. */
  readonly enter: () => void;
  /** Told of what was unpacked. */
  readonly spend: (bytes: number) => void;
}

export interface Entry {
  readonly name: string;
  /** Left out: there is nothing to give. */
  readonly bytes?: Uint8Array;
  /** A symbolic link: the bytes are where it leads. */
  readonly isLink?: true;
  /** What was wrong; then there may be more in the entry than was given. */
  readonly trouble?: "encrypted" | "too large" | { readonly damage: string };
}

const PIECE = 1 << 16;

/**
 * The entries of a container, be they files or not, damaged ones as far as they can be read: programs' own archives hold such ones to
 * test with.
 *
 * @returns whether nothing was wrong with it; if not, the library should not be used for another one.
 * @throws what is wrong with all of it, or with what comes next.
 */
export function* entriesIn(library: LibarchiveWasm, bytes: Uint8Array, costs: Costs): Generator<Entry, boolean> {
  const { bytes: plain, nameOf } = plainNames(bytes);
  const reader = new ArchiveReader(library, new Int8Array(plain.buffer, plain.byteOffset, plain.length));
  const pointer = library.module._malloc(PIECE);
  // What is passed over of such a one need not be unpacked.
  const isListed = listedFiles(bytes) !== undefined || isPlainTar(bytes);
  let isSound = true;

  /** Reads on in the entry, up to its end or to more than `most` bytes. */
  function read(most: number, take: (piece: Uint8Array) => void) {
    let size = 0;
    let damage: string | undefined;
    for (;;) {
      let length: number;
      try {
        length = library.read_data(reader.archive, pointer, PIECE);
      } catch (error) {
        // Asked once more it gives what it had read by then.
        if (damage !== undefined) return { damage };
        damage = error instanceof Error ? error.message : String(error);
        continue;
      }
      if (length === 0) return damage === undefined ? {} : { damage };
      size += length;
      costs.spend(length);
      if (size > most) return { isMore: true };
      take(library.module.HEAP8.subarray(pointer, pointer + length) as unknown as Uint8Array);
    }
  }

  try {
    for (;;) {
      const entry = reader.nextEntry();
      const complaint = entry ? null : (library.error_string(reader.archive) as string | null);
      if (!entry && !complaint) break;
      costs.enter();
      // One whose name nobody can tell is there all the same.
      const name = nameOf(entry?.getPathname() ?? "");
      const isFile = !entry || entry.getFiletype() === "File";
      if (isFile && entry?.isEncrypted()) {
        yield { name, trouble: "encrypted" };
        continue;
      }
      const target = entry?.getFiletype() === "SymbolicLink" ? (entry.getSymlinkTarget() as string | null) : null;
      const other: Entry = { name, ...(target !== null && { bytes: Buffer.from(target), isLink: true }) };
      if (other.bytes) costs.spend(other.bytes.length);
      if (!isFile && isListed) {
        yield other;
        continue;
      }
      const pieces: Uint8Array[] = [];
      const { damage, isMore } = read(costs.entryBytes, (piece) => void (isFile && pieces.push(Buffer.from(piece))));
      // A name that cannot be told is such a complaint as well, and the entry is read all the same.
      if (complaint && pieces.length === 0) throw new Error(complaint);
      isSound &&= damage === undefined && !complaint;
      if (isMore) yield { name, trouble: "too large" };
      else if (damage !== undefined)
        yield { name, ...(pieces.length > 0 && { bytes: Buffer.concat(pieces) }), trouble: { damage } };
      else if (isFile) yield { name, bytes: Buffer.concat(pieces) };
      else yield other;
      // libarchive would unpack the rest to pass over it, and nobody would count that.
      if (isMore && !isListed) read(Infinity, () => undefined);
    }
    library.module._free(pointer);
    reader.free();
    yield* unlistedIn(bytes, costs);
  } catch (error) {
    isSound = false;
    throw error;
  }
  return isSound;
}
