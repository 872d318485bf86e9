export type ByteOrder = "little" | "big";

/** How much of the beginning is looked at to tell UTF-16 without a byte order mark, as git and editors do. */
const SNIFFED_BYTES = 512;

/** In which order UTF-16 stands in the bytes, by their beginning; undefined: they are none. */
export function byteOrder(bytes: Uint8Array): ByteOrder | undefined {
  if (bytes.length >= 2) {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return "little";
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return "big";
  }
  const sniffed = Math.min(bytes.length, SNIFFED_BYTES) & ~1;
  if (sniffed < 16) return undefined;
  let [even, odd] = [0, 0];
  for (let i = 0; i < sniffed; i += 2) {
    if (bytes[i] === 0) even++;
    if (bytes[i + 1] === 0) odd++;
  }
  // Mostly ASCII in UTF-16: nearly every second byte is NUL and hardly any other is.
  const [many, few] = [sniffed * 0.3, sniffed * 0.01];
  if (odd >= many && even <= few) return "little";
  if (even >= many && odd <= few) return "big";
  return undefined;
}
