import type { Candidate } from "../../model/candidate.ts";
import { PatrolError } from "../../model/errors.ts";
import { refsUnreadable } from "../../sources/git/refs.ts";
import { openRepository } from "../../sources/git/repository.ts";
import { findWorkTree } from "../../sources/git/stage/work-tree.ts";
import type { Arguments } from "../usage/arguments.ts";
import { EXIT, type Result, type Terminal } from "../usage/command.ts";
import { unpackerFor } from "../scan/open-archives.ts";
import { scanHistoryArchives } from "../history/archives.ts";
import { largeBlobs } from "../history/large-files.ts";
import { counted } from "../terminal/look.ts";
import { reportHistory } from "../history/report-history.ts";
import { runGit } from "../place/repository.ts";
import { beginScan } from "../scan/scan.ts";
import { scanShortly } from "../start/short-lived.ts";
import { allowedByMarkers } from "../suppress/markers.ts";
import { isNothing, type Update } from "./updates.ts";

export interface PushScan {
  readonly updates: readonly Update[];
  /** Revisions that the other side has already, as arguments of `git rev-parse`. */
  readonly known: readonly string[];
  /** The folder whose own configuration counts; undefined: none of what is pushed is trusted. */
  readonly target: string | undefined;
  readonly signal?: AbortSignal;
  readonly notes?: readonly string[];
}

const NOTHING: Result = { exitStatus: EXIT.clean, stdout: "", stderr: "" };

/** Scans what a push brings: commits, messages, tags, file names, and the names of its refs. */
export async function scanPush(args: Arguments, terminal: Terminal, push: PushScan): Promise<Result> {
  const brought = push.updates.filter((update) => !isNothing(update.new));
  if (brought.length === 0) return NOTHING;
  const { target } = push;
  const scan = await beginScan(args, terminal, { unit: "objects", ...(target !== undefined && { target }) });
  push.notes?.forEach(scan.note);
  for (const { ref } of brought) {
    const fragment = { bytes: Buffer.from(ref), provenance: { kind: "ref", ref } as const };
    scan.report(fragment, scan.candidates(fragment));
  }
  const gitDir = runGit(".", ["rev-parse", "--absolute-git-dir"]);
  if (gitDir === undefined) throw notReadByGit();
  const repository = { gitDir, objects: openRepository(gitDir, process.env).objects };
  const revisions = [...new Set(brought.map((update) => update.new)), "--not", ...push.known];
  const maxDecodeDepth = args.number("max-decode-depth");
  const unpacker = await unpackerFor(args);
  const binary = new Set<string>();
  try {
    const { candidates, coverage } = await scanShortly({
      gitDir,
      rulebook: scan.configuration.rulebook,
      revisions,
      ...(maxDecodeDepth !== undefined && { maxDecodeDepth }),
      ...(!args.has("ignore-gitleaks-allow") && { allowedIn: allowedByMarkers }),
      isEnough: scan.isTimeOver,
      ...(unpacker && { onBinary: (id) => void binary.add(id) }),
      ...(push.signal && { signal: push.signal }),
      onProgress: ({ objects, objectsTotal, bytes }) => scan.progress({ items: objects, bytes, ofItems: objectsTotal }),
    });
    const asked = { revisions, paths: [] };
    const large = largeBlobs(scan, args, repository, asked);
    const isWanted = ({ provenance: { object = "" } }: Candidate) => !large.has(object);
    const found = candidates.filter(isWanted);
    const archives = unpacker && { repository, ...asked, binary, large, unpacker, found };
    reportHistory(scan, repository, archives ? scanHistoryArchives(scan, archives) : found, undefined);
    coverage.skipped.forEach(scan.skipped);
    scan.count(coverage.objects, coverage.bytes);
    return await scan.finish(
      () => `${counted(coverage.commits, "commit")} to be pushed scanned, ${counted(coverage.objects, "object")}`,
    );
  } catch (error) {
    if ((error as Error).name !== "AbortError" && (error as Error).name !== "TimeoutError") throw error;
    scan.skipped({ what: "this push", why: "there was not enough time to scan it" });
    return await scan.finish(() => "the scan was stopped");
  }
}

/** What git does not take for a repository may be one all the same, of a kind that it is too old for. */
function notReadByGit(): PatrolError {
  const found = findWorkTree(".", process.env);
  const repository = found && openRepository(found.gitDir, process.env);
  if (repository?.refsNeedGit !== undefined) return refsUnreadable(repository, undefined);
  return new PatrolError("source-unreadable", "a hook runs in a git repository; this is none");
}
