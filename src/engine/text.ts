import { byteOrder, type ByteOrder } from "../model/byte-order.ts";

/** A fragment's bytes as something to match: one character a byte, or one a UTF-16 unit where the bytes are UTF-16. */
export interface Text {
  readonly latin1: string;
  /** Byte offset in the original of a character's first byte; of the text's length: the number of bytes. */
  readonly toByte: (offset: number) => number;
}

/** Whether the bytes are UTF-16, by their beginning. */
export const isWide = (bytes: Uint8Array): boolean => byteOrder(bytes) !== undefined;

/** Units beyond latin1 become 0xFF: no token holds one. */
function narrow(bytes: Uint8Array, order: ByteOrder): string {
  const [high, low] = order === "little" ? [1, 0] : [0, 1];
  const narrowed = Buffer.allocUnsafe(bytes.length >> 1);
  for (let i = 0; i < narrowed.length; i++) {
    narrowed[i] = bytes[2 * i + high] === 0 ? (bytes[2 * i + low] as number) : 0xff;
  }
  return narrowed.toString("latin1");
}

/** Never fails: any bytes are a text. */
export function toText(bytes: Uint8Array): Text {
  const order = byteOrder(bytes);
  if (order !== undefined)
    return { latin1: narrow(bytes, order), toByte: (offset) => Math.min(2 * offset, bytes.length) };
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { latin1: buffer.toString("latin1"), toByte: (offset) => offset };
}
