// The two ways in which packs write numbers of any size (gitformat-pack(5)).
import { BrokenObject } from "./broken.ts";

export interface EntryHeader {
  /** 1–4 an object as it is, 6 and 7 a delta. */
  readonly type: number;
  /** Bytes after inflating: of the object, or of the delta. */
  readonly size: number;
  /** Bytes that the header takes. */
  readonly length: number;
}

/** Type and size of a pack's entry. */
export function readEntryHeader(bytes: Uint8Array, at: number): EntryHeader {
  let byte = bytes[at];
  if (byte === undefined) throw new BrokenObject("the pack ends within an object");
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  let length = 1;
  for (let scale = 16; byte & 0x80; scale *= 128) {
    byte = bytes[at + length++];
    if (byte === undefined || length > 9) throw new BrokenObject("the pack ends within an object");
    size += (byte & 0x7f) * scale;
  }
  return { type, size, length };
}

/** How far back the base of an OFS_DELTA starts, and the bytes that this number takes. */
export function readBaseDistance(
  bytes: Uint8Array,
  at: number,
): { readonly distance: number; readonly length: number } {
  let byte = bytes[at];
  if (byte === undefined) throw new BrokenObject("the pack ends within an object");
  let distance = byte & 0x7f;
  let length = 1;
  while (byte & 0x80) {
    byte = bytes[at + length++];
    if (byte === undefined || length > 9) throw new BrokenObject("the pack ends within an object");
    distance = (distance + 1) * 128 + (byte & 0x7f);
  }
  return { distance, length };
}
