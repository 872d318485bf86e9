import { archiveKind } from "../sources/files/archive.ts";
import { readAll } from "../sources/files/stdin.ts";
import type { Run } from "./command.ts";
import { maxBytes, maxBytesAsked, scanArchive, unpackerFor } from "./dir.ts";
import { beginScan } from "./scan.ts";

/** Scans standard input. */
export const stdin: Run = async (args, terminal) => {
  const scan = await beginScan(args, terminal, { unit: "texts", configuredBy: "." });
  const { bytes, isCut } = await readAll(terminal.stdin, maxBytes(args));
  if (isCut) {
    const why = `longer than ${bytes.length} bytes; only those were scanned`;
    scan.skipped({ what: "standard input", why, ...(maxBytesAsked(args) !== undefined && { isAsked: true }) });
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
