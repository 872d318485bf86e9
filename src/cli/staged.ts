import type { Candidate } from "../model/candidate.ts";
import type { Provenance } from "../model/fragment.ts";
import { BrokenObject } from "../sources/git/objects/broken.ts";
import type { Stage, StagedFile } from "../sources/git/stage/staged.ts";
import { unstagedFiles, type UnstagedFile } from "../sources/git/stage/unstaged.ts";
import type { Arguments } from "./arguments.ts";
import type { Result, Terminal } from "./command.ts";
import { keepLook } from "./keep-look.ts";
import { findRepository } from "./repository.ts";
import { beginScan, type Scan } from "./scan.ts";
import { counted } from "./look.ts";
import { openStage, scannedSentence } from "./stage.ts";

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secret.reveal()}`;

/** Leaves out what a parent's version of the file holds already: the commit does not add it. */
function onlyAdded(
  scan: Scan,
  candidates: readonly Candidate[],
  file: Pick<StagedFile, "before">,
  provenance: Provenance,
) {
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

/** Scans what a tracked file of the work tree has beyond its staged form. Returns true when the time is over. */
function scanUnstaged(scan: Scan, { path, read }: UnstagedFile, stage: Stage): boolean {
  const provenance: Provenance = { kind: "file", path };
  let bytes: Buffer;
  try {
    bytes = read();
  } catch (error) {
    scan.skipped({ what: path, why: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}` });
    return scan.isOver(0);
  }
  const before = stage.at(path);
  const file = { before: () => (before === undefined ? [] : [before]) };
  scan.report({ bytes, provenance }, onlyAdded(scan, scan.candidates({ bytes, provenance }), file, provenance));
  return scan.isOver(bytes.length);
}

export interface StagedOptions {
  readonly whenEmpty?: "head" | "amend";
  /** Also what is changed in tracked files and not staged. */
  readonly alsoUnstaged?: boolean;
}

/** Scans what the next commit adds. */
export async function staged(
  repository: string | undefined,
  args: Arguments,
  terminal: Terminal,
  { whenEmpty = "head", alsoUnstaged = false }: StagedOptions = {},
): Promise<Result> {
  const { top, stage } = openStage(repository, terminal.env, { whenEmpty });
  try {
    const scan = await beginScan(args, terminal, { unit: "files", target: top, staged: stage.at });
    if (stage.gitBecause !== undefined && args.has("verbose"))
      scan.note(`git was asked what is staged: Patrol cannot read this index itself, ${stage.gitBecause}`);
    const changed = alsoUnstaged
      ? unstagedFiles(findRepository(repository, terminal.env), terminal.env["GIT_INDEX_FILE"], scan.skipped)
      : [];
    // With nothing staged the last commit is looked at, unless there is something newer to look at.
    const isNewer = stage.kind === "head" && changed.length > 0;
    if (!isNewer) stage.notes.forEach(scan.note);
    const files = isNewer ? [] : stage.files;
    if (!files.some((file) => scanFile(scan, file, files.length)))
      changed.some((file) => scanUnstaged(scan, file, stage));
    const also = changed.length > 0 ? `${counted(changed.length, "file")} changed and not staged` : "";
    const result = await scan.finish(() =>
      isNewer ? `${also} scanned` : scannedSentence(stage) + (also === "" ? "" : `, and ${also}`),
    );
    return { ...result, afterwards: () => keepLook(scan.configuration, terminal.env) };
  } finally {
    stage.close();
  }
}
