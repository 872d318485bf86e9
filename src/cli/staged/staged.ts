import { optimiseCoreLate } from "../../config/engine-files.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment } from "../../model/fragment.ts";
import { archiveKind } from "../../sources/files/archive-kind.ts";
import { type Unpacker } from "../../sources/files/archive.ts";
import { tooLarge } from "../../sources/files/read.ts";
import { BrokenObject } from "../../sources/git/objects/broken.ts";
import type { Stage, StagedFile } from "../../sources/git/stage/staged.ts";
import { unstagedFiles, type UnstagedFile } from "../../sources/git/stage/unstaged.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Result, Terminal } from "../usage/command.ts";
import { maxBytesAsked, unpackerFor } from "../dir.ts";
import { keepLook } from "../start/keep-look.ts";
import { findRepository } from "../place/repository.ts";
import { beginScan, type Scan } from "../scan/scan.ts";
import { counted } from "../terminal/look.ts";
import { openStage, scannedSentence } from "./stage.ts";
import { ToldInside } from "../told-inside.ts";

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secret.reveal()}`;

/** How files are read, as flags say. */
interface Reading {
  readonly scan: Scan;
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

/** A file, and what is in it when it is an archive and archives are opened. */
function* fragmentsOf(
  { unpacker }: Reading,
  { path, object, bytes }: Omit<ScannedFile, "before">,
  skipped: Scan["skipped"],
): Generator<Fragment> {
  yield { bytes, provenance: { kind: "file", path, ...(object !== undefined && { object }) } };
  if (unpacker === undefined || archiveKind(bytes) === undefined) return;
  for (const inner of unpacker.unpack(path, bytes, skipped))
    if (inner.path !== path) yield { bytes: inner.bytes, provenance: { kind: "file", path: inner.path } };
}

/** Reports what a file holds, but not what a parent's version of it holds already: the commit does not add that. */
function reportAdded(reading: Reading, file: ScannedFile): void {
  const { scan } = reading;
  const found: { fragment: Fragment; candidates: readonly Candidate[] }[] = [];
  let inside: ToldInside | undefined;
  for (const fragment of fragmentsOf(reading, file, scan.skipped)) {
    const candidates = scan.candidates(fragment);
    // The file itself comes first.
    if (inside === undefined) inside = new ToldInside(fragment.bytes, candidates);
    else inside.take(fragment.bytes, candidates);
    if (candidates.length > 0) found.push({ fragment, candidates });
  }
  if (found.length === 0) return;
  const known = new Set<string>();
  // What cannot be opened of an earlier version takes nothing away from what is told.
  const nothing = () => undefined;
  for (const bytes of file.before())
    for (const fragment of fragmentsOf(reading, { path: file.path, bytes }, nothing))
      for (const old of scan.candidates(fragment)) known.add(keyOf(old));
  for (const { fragment, candidates } of found)
    scan.report(
      fragment,
      candidates.filter((candidate) => !known.has(keyOf(candidate)) && inside?.has(candidate) !== true),
    );
}

function scanBytes(reading: Reading, file: ScannedFile): void {
  if (file.bytes.length <= reading.mostBytes) reportAdded(reading, file);
  else reading.scan.skipped({ what: file.path, ...tooLarge(file.bytes.length) });
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
  const before = stage.at(path);
  scanBytes(reading, { path, bytes, before: () => (before === undefined ? [] : [before]) });
  return scan.isOver(bytes.length);
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
    const reading = { scan, unpacker: await unpackerFor(args), mostBytes: maxBytesAsked(args) ?? Infinity };
    if (stage.gitBecause !== undefined && args.has("verbose"))
      scan.note(`git was asked what is staged: Patrol cannot read this index itself, ${stage.gitBecause}`);
    const changed = alsoUnstaged
      ? unstagedFiles(findRepository(repository, terminal.env), terminal.env["GIT_INDEX_FILE"], scan.skipped)
      : [];
    // With nothing staged the last commit is looked at, unless there is something newer to look at.
    const isNewer = stage.kind === "head" && changed.length > 0;
    if (!isNewer) stage.notes.forEach(scan.note);
    const files = isNewer ? [] : stage.files;
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
