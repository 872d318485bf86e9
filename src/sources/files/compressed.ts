// Files that are compressed as a whole, by gzip or zstd, as far as the budget of their archive goes.
import { Decompress } from "fzstd";
import { LimitReached, type ArchiveBudget } from "./archive-budget.ts";
import { complaint, gunzip, type Unpacked } from "./gunzip.ts";

export function gunzipWithin(budget: ArchiveBudget, bytes: Uint8Array): Unpacked {
  const { entryBytes, totalBytes } = budget.limits;
  try {
    const inflated = gunzip(bytes, Math.min(entryBytes, totalBytes));
    budget.spend(inflated.bytes.length);
    return inflated;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw new LimitReached(budget.tooLarge);
    throw error;
  }
}

const PIECE = 1 << 16;

export function unzstdWithin(budget: ArchiveBudget, bytes: Uint8Array): Unpacked {
  const pieces: Uint8Array[] = [];
  const count = budget.entryMeter();
  let isEnded = false;
  const stream = new Decompress((piece, isLast) => {
    count(piece);
    pieces.push(piece.slice());
    isEnded ||= isLast === true;
  });
  let damage: string | undefined;
  try {
    for (let at = 0; at < bytes.length; at += PIECE)
      stream.push(bytes.subarray(at, at + PIECE), at + PIECE >= bytes.length);
    if (!isEnded) damage = "ends too early";
  } catch (error) {
    if (error instanceof LimitReached) throw error;
    damage = complaint(error);
  }
  return { bytes: Buffer.concat(pieces), ...(damage !== undefined && { damage }) };
}
