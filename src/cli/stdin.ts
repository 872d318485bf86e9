import { constants } from "node:buffer";
import { fstatSync } from "node:fs";
import { isWide } from "../engine/text.ts";
import type { Candidate } from "../model/candidate.ts";
import { PatrolError } from "../model/errors.ts";
import { archiveKind } from "../sources/files/archive-kind.ts";
import { Blocks, BLOCK_SIZES } from "../sources/files/blocks.ts";
import type { Run } from "./usage/command.ts";
import { scanArchive, unpackerFor } from "./scan/open-archives.ts";
import { maxBytesAsked } from "./scan/size-limit.ts";
import { asksFarKeywords, FarKeywords } from "./scan/far-keywords.ts";
import { beginScan } from "./scan/scan.ts";

/** A folder is no stream, and Node reads nothing from it: it would pass for clean. */
function refuseFolder(): void {
  let isFolder = false;
  try {
    isFolder = fstatSync(0).isDirectory();
  } catch {
    // Not there at all: nothing comes from it.
  }
  if (isFolder) throw new PatrolError("source-unreadable", "standard input is a folder; patrol dir FOLDER scans one");
}

/** Scans standard input. */
export const stdin: Run = async (args, terminal) => {
  const scan = await beginScan(args, terminal, { unit: "texts", configuredBy: "." });
  refuseFolder();
  const most = maxBytesAsked(args) ?? Infinity;
  const unpacker = await unpackerFor(args);
  const blocks = new Blocks(terminal.stdin, BLOCK_SIZES, most);
  // An archive is opened as one, and lines of UTF-16 do not wait for a keyword. A text is one string where it is told what was found.
  const isWhole = (first: Buffer) =>
    (unpacker && archiveKind(first) !== undefined) || (isWide(first) && asksFarKeywords(scan.configuration.rulebook));
  let far: FarKeywords | undefined;
  for await (const block of blocks.all(isWhole, constants.MAX_STRING_LENGTH)) {
    const { bytes, firstLine, firstColumn, from, to } = block;
    const fragment = { bytes, provenance: { kind: "text", firstLine, firstColumn } as const };
    const candidates = scan.candidates(fragment);
    const opened = archiveKind(bytes) === undefined ? undefined : unpacker;
    const inside = opened && scanArchive(scan, opened, "stdin", bytes, candidates);
    const isTold = (candidate: Candidate) =>
      candidate.match.start >= from && candidate.match.start < to && inside?.has(candidate) !== true;
    if (to < bytes.length) far ??= new FarKeywords(scan.configuration.rulebook, scan.scanOptions);
    const hidden = far?.take(block, fragment, candidates) ?? [];
    if (candidates.some(isTold)) scan.report(fragment, candidates, { isTold, hidden });
    if (scan.isTimeOver()) break;
  }
  for (const { fragment, candidate, others, hidden } of far?.found() ?? [])
    scan.report(fragment, [...others, candidate], { isTold: (one) => one === candidate, hidden });
  for (const why of far?.skipped ?? []) scan.skipped({ what: "standard input", why });
  if (blocks.isCut) {
    const why = `longer than ${blocks.length} bytes; only those were scanned`;
    scan.skipped({ what: "standard input", why, ...(blocks.length === maxBytesAsked(args) && { isAsked: true }) });
  }
  scan.isOver(blocks.length);
  return await scan.finish(() => "standard input scanned");
};
