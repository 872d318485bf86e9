import type { Candidate } from "../model/candidate.ts";
import type { Provenance } from "../model/fragment.ts";
import { BrokenObject } from "../sources/git/broken.ts";
import type { StagedFile } from "../sources/git/staged.ts";
import type { Arguments } from "./arguments.ts";
import type { Result, Terminal } from "./command.ts";
import { beginScan, type Scan } from "./scan.ts";
import { openStage, scannedSentence } from "./stage.ts";

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secret.reveal()}`;

/** Leaves out what a parent's version of the file holds already: the commit does not add it. */
function onlyAdded(scan: Scan, candidates: readonly Candidate[], file: StagedFile, provenance: Provenance) {
  if (candidates.length === 0) return [];
  const known = new Set<string>();
  for (const bytes of file.before()) for (const old of scan.candidates({ bytes, provenance })) known.add(keyOf(old));
  return candidates.filter((candidate) => !known.has(keyOf(candidate)));
}

/** Returns true when the time is over. */
function scanFile(scan: Scan, file: StagedFile, ofItems: number): boolean {
  const provenance: Provenance = { kind: "file", path: file.path, object: file.object };
  try {
    const bytes = file.read();
    const fragment = { bytes, provenance };
    scan.report(fragment, onlyAdded(scan, scan.candidates(fragment), file, provenance));
    return scan.isOver(bytes.length, ofItems);
  } catch (error) {
    if (!(error instanceof BrokenObject)) throw error;
    scan.skipped({ what: file.path, why: error.message });
    return scan.isOver(0, ofItems);
  }
}

/** Scans what the next commit adds. */
export async function staged(
  repository: string | undefined,
  args: Arguments,
  terminal: Terminal,
  whenEmpty: "head" | "amend" = "head",
): Promise<Result> {
  const { top, stage } = openStage(repository, terminal.env, { whenEmpty });
  try {
    const scan = await beginScan(args, terminal, { unit: "files", target: top, staged: stage.at });
    if (stage.gitBecause !== undefined && args.has("verbose"))
      scan.note(`git was asked what is staged: Patrol cannot read this index itself, ${stage.gitBecause}`);
    stage.notes.forEach(scan.note);
    for (const file of stage.files) if (scanFile(scan, file, stage.files.length)) break;
    return await scan.finish(() => scannedSentence(stage));
  } finally {
    stage.close();
  }
}
