import { constants } from "node:buffer";
import { fstatSync } from "node:fs";
import { PatrolError } from "../model/errors.ts";
import { archiveKind } from "../sources/files/archive.ts";
import { readAll } from "../sources/files/stdin.ts";
import type { Run } from "./command.ts";
import { maxBytes, maxBytesAsked, scanArchive, unpackerFor } from "./dir.ts";
import { beginScan } from "./scan.ts";

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
  // A text is one string where it is told what was found.
  const most = Math.min(maxBytes(args), constants.MAX_STRING_LENGTH);
  const { bytes, isCut } = await readAll(terminal.stdin, most);
  if (isCut) {
    const why = `longer than ${bytes.length} bytes; only those were scanned`;
    scan.skipped({ what: "standard input", why, ...(most === maxBytesAsked(args) && { isAsked: true }) });
  }
  const fragment = { bytes, provenance: { kind: "text" } as const };
  scan.report(fragment, scan.candidates(fragment));
  if (archiveKind(bytes)) {
    const unpacker = await unpackerFor(args);
    if (unpacker) scanArchive(scan, unpacker, "stdin", bytes);
  }
  scan.isOver(bytes.length);
  return await scan.finish(() => "standard input scanned");
};
