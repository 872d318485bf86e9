import { gunzipSync, inflateRawSync } from "node:zlib";

/** What could be taken out of a compressed file, and what was wrong with it. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  readonly damage?: string;
}

/** What a reader says of bytes that it cannot read. */
export const complaint = (error: unknown): string =>
  (error instanceof Error && error.message) || "no format that is known";

/** `Z_SYNC_FLUSH` of zlib: the end of what is given need not be the end of the stream. */
const SYNC_FLUSH = 2;

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
/** Of the flags in a member's header (RFC 1952, 2.3.1). */
const [HEADER_SUM, EXTRA, NAME, COMMENT] = [2, 4, 8, 16];

const isMember = (bytes: Uint8Array, at: number) => bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 8;

/** Where the deflated bytes of a member begin. */
function deflatedFrom(bytes: Uint8Array, member: number): number {
  const flags = bytes[member + 3] ?? 0;
  let at = member + HEADER_BYTES;
  if (flags & EXTRA) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  for (const text of [NAME, COMMENT]) {
    if (!(flags & text)) continue;
    const end = bytes.indexOf(0, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return flags & HEADER_SUM ? at + 2 : at;
}

/** Behind the zeros at `at`, which some programs fill up with between members. */
function behindZeros(bytes: Uint8Array, at: number): number {
  let next = at;
  while (bytes[next] === 0) next++;
  return next;
}

/** What zlib tells that is asked by `info`, which its types do not know. */
export interface Told {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * All members of a gzip file. Of one that is cut what there is; what stands behind the last member is passed over, as gzip does.
 *
 * @throws `ERR_BUFFER_TOO_LARGE` for more than `mostBytes`, and what zlib says of deflated bytes that are none.
 */
export function gunzip(bytes: Uint8Array, mostBytes: number): Unpacked {
  try {
    const told = gunzipSync(bytes, { maxOutputLength: mostBytes, info: true } as object) as unknown as Told;
    if (!isMember(bytes, behindZeros(bytes, told.engine.bytesWritten))) return { bytes: told.buffer };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw error;
  }
  const parts: Uint8Array[] = [];
  let [at, size] = [0, 0];
  while (isMember(bytes, at)) {
    const from = Math.min(deflatedFrom(bytes, at), bytes.length);
    const options = { finishFlush: SYNC_FLUSH, maxOutputLength: Math.max(1, mostBytes - size), info: true };
    const told = inflateRawSync(bytes.subarray(from), options) as unknown as Told;
    parts.push(told.buffer);
    size += told.buffer.length;
    at = behindZeros(bytes, from + told.engine.bytesWritten + TRAILER_BYTES);
  }
  const whole = Buffer.concat(parts);
  return at > bytes.length ? { bytes: whole, damage: "ends too early" } : { bytes: whole };
}
