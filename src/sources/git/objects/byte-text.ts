// Texts and places in bytes for who reads little and must be quick. What Buffer's own methods do before they get to it, such as
// finding the encoding by its name, is code that Node compiles at each start, and takes longer than a folder's whole list.

/** Node's own, not in its documentation: what `toString` calls in the end. They throw a RangeError beyond the bytes. */
interface Slices {
  latin1Slice(from: number, to: number): string;
  hexSlice(from: number, to: number): string;
}

const range = (bytes: Buffer, from: number, to: number): readonly [number, number] => {
  const end = Math.min(to, bytes.length);
  return [Math.min(Math.max(from, 0), Math.max(end, 0)), Math.max(end, 0)];
};

/** As `toString("latin1", from, to)`. */
export const latin1Of = (bytes: Buffer, from: number, to: number): string =>
  (bytes as Buffer & Slices).latin1Slice(...range(bytes, from, to));

/** As `toString("hex", from, to)`. */
export const hexOf = (bytes: Buffer, from: number, to: number): string =>
  (bytes as Buffer & Slices).hexSlice(...range(bytes, from, to));

const { indexOf } = Uint8Array.prototype;

/** As `indexOf(byte, from)`, for numbers that are bytes. */
export const placeOf = (bytes: Buffer, byte: number, from = 0): number => indexOf.call(bytes, byte, from);

/** As `readUInt16BE`. @throws RangeError */
export function uint16At(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) throw new RangeError("beyond the bytes");
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** As `readUInt32BE`. @throws RangeError */
export const uint32At = (bytes: Buffer, at: number): number => uint16At(bytes, at) * 0x10000 + uint16At(bytes, at + 2);
