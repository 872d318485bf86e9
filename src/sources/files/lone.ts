// A file compressed by xz or bzip2 that is no archive. libarchive takes compression off only around an archive, and this build
// of it does not offer its format for raw bytes. Both compressions may stand in streams one after another, though: so a stream
// with the head of a tar goes before the file, and one that marks its end behind it, and the file is read as that tar's only entry.
import { ArchiveReader, type LibarchiveWasm } from "libarchive-wasm";
import type { Unpacked } from "./gunzip.ts";

/** What stands behind the content, and zeros: the last piece that is read is lost when the tar ends too early, and it always does. */
const END = Buffer.from("\n-- the end of the file that stands before --\n");
const FILLING = 1 << 17;
const PIECE = 1 << 16;

/** A tar's head, of an entry named x of 8 GiB; and `END` with `FILLING` zeros. Each is one stream of the compression. */
const AROUND = {
  xz: [
    "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4AH/ACxdADwAM1AYaImDAdzibg2iwv43NRoT05FSIBxwru4FJ0u8BZIIBHXPKAeZFOkAAIdiuz8AAUSABAAAAGK7GGk+MA2LAgAAAAABWVo=",
    "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4gAtAIRdAAUMTO5nuKyQUTHfmII9S780UgvpxbpVco9i58IrlEVNVT+M3IVm3JyXCHBGz/mVWivHfigBkXv7jdZ59+iy1gZjzWoK7kEIpQQPebqFy3l7PLHq6OhsyFVdi3a0Qg1deLEg+T8VyJkzZnZ5ahqynZR3qj+PBY/mzYnoedkTUBjXx3CAAADBkStVHI1jHgABoAGugAgAPRNxY7HEZ/sCAAAAAARZWg==",
  ],
  bzip2: [
    "QlpoOTFBWSZTWUDD54kAACBbgMiAQABVgAAA4AAeQAgAIABUU0yMTExBJNUPKMmj1F8DFOuZolymYh9NDgDLB1mMPbelC98u6vnxdyRThQkEDD54kA==",
    "QlpoOTFBWSZTWTHYtbYABAXRgMAQQAI3ZZwAAAggAFQlI00ANNAqiRoeoaGk5gAsgBMwgBrPH0qza/Uqq/auQp52iWrpqFhqV6tHmnhAAD4u5IpwoSBjsWts",
  ],
} as const;

/**
 * What `bytes` hold, or as much of it as can be read. `take` is told of every piece and may throw. The
 * library should not be used again when something was thrown or went wrong in the compression.
 */
export function takeOut(library: LibarchiveWasm, bytes: Uint8Array, take: (piece: Uint8Array) => void): Unpacked {
  const [head, tail] = AROUND[bytes[0] === 0x42 ? "bzip2" : "xz"].map((text) => Buffer.from(text, "base64"));
  const framed = Buffer.concat([head ?? [], bytes, tail ?? []] as Uint8Array[]);
  const reader = new ArchiveReader(library, new Int8Array(framed.buffer, framed.byteOffset, framed.length));
  const pointer = library.module._malloc(PIECE);
  const pieces: Uint8Array[] = [];
  if (reader.nextEntry() === null) throw new Error(library.error_string(reader.archive));
  let damage: string | undefined;
  for (let read = PIECE; read > 0;) {
    try {
      read = library.read_data(reader.archive, pointer, PIECE);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!message.startsWith("Truncated tar archive")) damage = message;
      break;
    }
    const piece = Buffer.from(library.module.HEAP8.slice(pointer, pointer + read).buffer);
    take(piece);
    pieces.push(piece);
  }
  library.module._free(pointer);
  reader.free();
  const all = Buffer.concat(pieces);
  if (damage !== undefined) return { bytes: all, damage };
  const end = all.lastIndexOf(END);
  const isWhole =
    end >= 0 && all.length - end >= FILLING - PIECE && all.subarray(end + END.length).every((byte) => byte === 0);
  return isWhole ? { bytes: all.subarray(0, end) } : { bytes: all, damage: "ends too early" };
}
