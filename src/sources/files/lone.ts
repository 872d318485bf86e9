// A file compressed by xz or bzip2 that is no archive. libarchive takes compression off only around an archive, and this build
// of it does not offer its format for raw bytes. Both compressions may stand in streams one after another, though: so a stream
// with the head of a tar goes before the file, and one of zeros behind it, and the file is read as that tar's only entry.
import { ArchiveReader, type LibarchiveWasm } from "libarchive-wasm";
import type { Unpacked } from "./gunzip.ts";

/** Zeros behind the content: the last piece that is read is lost when the tar ends too early, and it always does. */
const FILLING = 1 << 17;
const PIECE = 1 << 16;

/** A tar's head, of an entry named x of 8 GiB, and `FILLING` zeros. Each is one stream of the compression. */
const AROUND = {
  xz: [
    "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4AH/ACxdADwAM1AYaImDAdzibg2iwv43NRoT05FSIBxwru4FJ0u8BZIIBHXPKAeZFOkAAIdiuz8AAUSABAAAAGK7GGk+MA2LAgAAAAABWVo=",
    "/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4f//AFhdAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtZ5D8eAAAAzc3ofgABcICACAAADY7bmj4wDYsCAAAAAAFZWg==",
  ],
  bzip2: [
    "QlpoOTFBWSZTWUDD54kAACBbgMiAQABVgAAA4AAeQAgAIABUU0yMTExBJNUPKMmj1F8DFOuZolymYh9NDgDLB1mMPbelC98u6vnxdyRThQkEDD54kA==",
    "QlpoOTFBWSZTWbOzF34AAQHAAMAAAAggADCAKmlWALGAcXckU4UJCzsxd+A=",
  ],
} as const;

/** `withZeros`: the same without having lost the zeros at its end, and with more of them. */
export interface Lone extends Unpacked {
  readonly withZeros: Uint8Array;
}

/**
 * What `bytes` hold, without zeros at its end, or as much of it as can be read. `spend` is told of every piece's size and may throw. The
 * library should not be used again when something was thrown or went wrong in the compression.
 */
export function takeOut(library: LibarchiveWasm, bytes: Uint8Array, spend: (size: number) => void): Lone {
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
    spend(read);
    pieces.push(Buffer.from(library.module.HEAP8.slice(pointer, pointer + read).buffer));
  }
  library.module._free(pointer);
  reader.free();
  const all = Buffer.concat(pieces);
  if (damage !== undefined) return { bytes: all, withZeros: all, damage };
  let end = all.length;
  while (end > 0 && all[end - 1] === 0) end--;
  const whole = { bytes: all.subarray(0, end), withZeros: all };
  return all.length - end < FILLING - PIECE ? { ...whole, damage: "ends too early" } : whole;
}
