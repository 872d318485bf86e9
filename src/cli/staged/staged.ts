import { optimiseCoreLate } from "../../config/engine-files.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment } from "../../model/fragment.ts";
import { archiveKind } from "../../sources/files/archive-kind.ts";
import type { Unpacker } from "../../sources/files/archive.ts";
import { tooLarge } from "../../sources/files/read.ts";
import { BrokenObject } from "../../sources/git/objects/broken.ts";
import type { Stage, StagedFile } from "../../sources/git/stage/staged.ts";
import { unstagedFiles, type UnstagedFile } from "../../sources/git/stage/unstaged.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Result, Terminal } from "../usage/command.ts";
import { unpackerFor } from "../scan/open-archives.ts";
import { maxBytesAsked } from "../scan/size-limit.ts";
import { textOf } from "../../report/text.ts";
import { markerBeside } from "../suppress/markers.ts";
import { keepLook } from "./keep-look.ts";
import { findRepository } from "../place/repository.ts";
import { reportNames } from "../scan/file-names.ts";
import { beginScan, type Scan } from "../scan/scan.ts";
import { counted } from "../terminal/look.ts";
import { openStage, scannedSentence } from "./stage.ts";
import { foundInside, type FoundInside } from "../scan/told-inside.ts";

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secret.reveal()}`;

/** How files are read, as flags say. */
interface Reading {
  readonly scan: Scan;
  /** Whether a comment beside a secret allows it. */
  readonly asksMarkers: boolean;
  readonly unpacker: Unpacker | undefined;
  readonly mostBytes: number;
}

interface ScannedFile {
  readonly path: string;
  readonly object?: string;
  readonly bytes: Buffer;
  /** What its parents hold in its place. */
  readonly before: () => readonly Buffer[];
}

/** What is found in a file, and in what it holds when it is an archive and archives are opened. */
function* foundIn(
  { scan, unpacker }: Pick<Reading, "scan" | "unpacker">,
  { path, object, bytes }: Omit<ScannedFile, "before">,
  skipped: Scan["skipped"],
): Generator<FoundInside> {
  const fragment: Fragment = { bytes, provenance: { kind: "file", path, ...(object !== undefined && { object }) } };
  const found = scan.candidates(fragment);
  if (unpacker === undefined || archiveKind(bytes) === undefined) {
    yield { fragment, candidates: found, isTold: () => true };
    return;
  }
  const told = yield* foundInside({ scan, unpacker, skipped }, { path, bytes, found });
  yield { fragment, candidates: found, isTold: (candidate) => !told.has(candidate) };
}

/**
 * Reports what a file holds, but not what a parent's version of it holds already: the commit does not add that. Of what a comment allowed
 * there, only what one allows here too.
 */
function reportAdded(reading: Reading, file: ScannedFile): void {
  const { scan } = reading;
  const found = [...foundIn(reading, file, scan.skipped)].filter(({ candidates }) => candidates.length > 0);
  if (found.length === 0) return;
  const [known, allowed] = [new Set<string>(), new Set<string>()];
  const isAllowed = (candidate: Candidate, { bytes }: Fragment) =>
    reading.asksMarkers && markerBeside(candidate, textOf(bytes)) !== undefined;
  // What cannot be opened of an earlier version takes nothing away from what is told.
  const nothing = () => undefined;
  for (const bytes of file.before())
    for (const { fragment, candidates } of foundIn(reading, { path: file.path, bytes }, nothing))
      for (const old of candidates) (isAllowed(old, fragment) ? allowed : known).add(keyOf(old));
  const isKnown = (candidate: Candidate, fragment: Fragment) => {
    const key = keyOf(candidate);
    return known.has(key) || (allowed.has(key) && isAllowed(candidate, fragment));
  };
  for (const { fragment, candidates, isTold } of found)
    scan.report(
      fragment,
      candidates.filter((candidate) => !isKnown(candidate, fragment) && isTold(candidate)),
      { hidden: candidates },
    );
}

function scanBytes(reading: Reading, file: ScannedFile): void {
  if (file.bytes.length <= reading.mostBytes) reportAdded(reading, file);
  else reading.scan.skipped({ what: file.path, ...tooLarge(file.bytes.length) });
}

/** Scans the names that the commit brings, each of which is new at the end of its path only. */
function scanNames({ scan }: Reading, stage: Stage): void {
  const inFolder = (path: string) => {
    const slash = path.lastIndexOf("/") + 1;
    return { inside: path.slice(0, slash), names: path.slice(slash) };
  };
  reportNames(scan, stage.names().map(inFolder));
}

/** Returns true when the time is over. */
function scanFile(reading: Reading, file: StagedFile, ofItems: number): boolean {
  const { scan } = reading;
  try {
    const bytes = file.read();
    scanBytes(reading, { path: file.path, object: file.object, bytes, before: () => file.before() });
    return scan.isOver(bytes.length, ofItems);
  } catch (error) {
    if (!(error instanceof BrokenObject)) throw error;
    scan.skipped({ what: file.path, why: error.message });
    return scan.isOver(0, ofItems);
  }
}

/** Scans what a tracked file of the work tree has beyond its staged form. Returns true when the time is over. */
function scanUnstaged(reading: Reading, { path, read }: UnstagedFile, stage: Stage): boolean {
  const { scan } = reading;
  let bytes: Buffer;
  try {
    bytes = read();
  } catch (error) {
    scan.skipped({ what: path, why: `cannot be read: ${(error as NodeJS.ErrnoException).code ?? "unknown"}` });
    return scan.isOver(0);
  }
  scanBytes(reading, { path, bytes, before: () => stagedAt(stage, path) });
  return scan.isOver(bytes.length);
}

/** What is staged at a path; nothing where it cannot be read, so that all that the work tree holds there is told. */
function stagedAt(stage: Stage, path: string): Buffer[] {
  try {
    const bytes = stage.at(path);
    return bytes === undefined ? [] : [bytes];
  } catch (error) {
    if (!(error instanceof BrokenObject)) throw error;
    return [];
  }
}

export interface StagedOptions {
  readonly whenEmpty?: "head" | "amend";
  /** Also what is changed in tracked files and not staged. */
  readonly alsoUnstaged?: boolean;
  /** What there is to say of how it was asked for. */
  readonly notes?: readonly string[];
}

/** Scans what the next commit adds. */
export async function staged(
  repository: string | undefined,
  args: Arguments,
  terminal: Terminal,
  { whenEmpty = "head", alsoUnstaged = false, notes = [] }: StagedOptions = {},
): Promise<Result> {
  optimiseCoreLate();
  const { top, stage } = openStage(repository, terminal.env, { whenEmpty });
  try {
    const scan = await beginScan(args, terminal, { unit: "files", target: top, staged: stage.at });
    notes.forEach(scan.note);
    const reading = {
      scan,
      asksMarkers: !args.has("ignore-gitleaks-allow"),
      unpacker: await unpackerFor(args),
      mostBytes: maxBytesAsked(args) ?? Infinity,
    };
    if (stage.gitBecause !== undefined && args.has("verbose"))
      scan.note(`git was asked what is staged: Patrol cannot read this index itself, ${stage.gitBecause}`);
    const changed = alsoUnstaged
      ? unstagedFiles(findRepository(repository, terminal.env), terminal.env["GIT_INDEX_FILE"], scan.skipped)
      : [];
    // With nothing staged the last commit is looked at, unless there is something newer to look at.
    const isNewer = stage.kind === "head" && changed.length > 0;
    if (!isNewer) stage.notes.forEach(scan.note);
    const files = isNewer ? [] : stage.files;
    if (!isNewer) scanNames(reading, stage);
    if (!files.some((file) => scanFile(reading, file, files.length)))
      changed.some((file) => scanUnstaged(reading, file, stage));
    const also = changed.length > 0 ? `${counted(changed.length, "file")} changed and not staged` : "";
    const result = await scan.finish(() =>
      isNewer ? `${also} scanned` : scannedSentence(stage) + (also === "" ? "" : `, and ${also}`),
    );
    return { ...result, afterwards: () => keepLook(scan.configuration, terminal.env) };
  } finally {
    stage.close();
  }
}
