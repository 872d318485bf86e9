import type { Candidate } from "../../model/candidate.ts";
import { createUnpacker, type Unpacker } from "../../sources/files/archive.ts";
import { ARCHIVE_LIMITS } from "../../sources/files/archive-budget.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Scan } from "./scan.ts";
import { foundInside, type ToldInside } from "./told-inside.ts";

/** Limits by flags: none are opened unless `--max-archive-depth` says so, as in gitleaks. */
export async function unpackerFor(args: Arguments): Promise<Unpacker | undefined> {
  const depth = args.number("max-archive-depth") ?? 0;
  return depth > 0 ? await createUnpacker({ ...ARCHIVE_LIMITS, depth }) : undefined;
}

/**
 * Scans what an unpacker finds in an archive.
 *
 * @param found what was found in the archive's own bytes.
 * @returns which of that was told of a file in it, or of its name.
 */
export function scanArchive(
  scan: Scan,
  unpacker: Unpacker,
  path: string,
  bytes: Uint8Array,
  found: readonly Candidate[],
  skipped: Scan["skipped"] = scan.skipped,
): ToldInside {
  const inside = foundInside({ scan, unpacker, skipped }, { path, bytes, found });
  for (;;) {
    const { done, value } = inside.next();
    if (done) return value;
    const { fragment, candidates, isTold } = value;
    if (candidates.some(isTold)) scan.report(fragment, candidates, { isTold });
  }
}
