import { existsSync } from "node:fs";
import { PatrolError } from "../model/errors.ts";
import { ownCacheFolder } from "../config/cache-folder.ts";
import type { Arguments } from "./usage/arguments.ts";
import { besideStaged } from "./staged/beside-staged.ts";
import type { Result, Run, Terminal } from "./usage/command.ts";
import { ifNameIsLost, isNamedAnew } from "./place/current-folder.ts";
import { counted } from "./terminal/look.ts";
import { isFrameworkPush } from "./hook/updates.ts";
import { expectedOf, findRepository, pathsIn, refsOf } from "./place/repository.ts";
import { commitsFor, readLogOptions, sinceCommit, unlessAll } from "./history/log-options.ts";
import { linkFor, reportHistory } from "./history/report-history.ts";
import { allowedByMarkers } from "./suppress/markers.ts";
import { beginScan, type Scan, type ScanOptions } from "./scan/scan.ts";
import type { Candidate } from "../model/candidate.ts";
import type { HistoryOptions } from "../sources/git/history/history.ts";
import { openRepository, refuseEndlessBelow } from "../sources/git/repository.ts";
import { unpackerFor } from "./scan/open-archives.ts";
import { largeBlobs } from "./history/large-files.ts";
import { DEEPEN, isCutOff, SHALLOW } from "./history/shallow.ts";
import { expectToRemember, scanShortly } from "./start/short-lived.ts";
import { threadsOf } from "./scan/threads.ts";

/** What stands behind `patrol git`. @throws PatrolError with the way to what was meant. */
function namedRepository(args: Arguments): string {
  if (args.positionals.length > 1)
    throw new PatrolError("usage-invalid", `patrol git takes one repository, not ${args.positionals.length}`);
  // As in gitleaks: a script's empty variable.
  const named = args.positionals[0] || ".";
  if (existsSync(named)) return named;
  const way = named.includes("\uFFFD")
    ? ifNameIsLost(named)
    : /\.\.|[~^@]/.test(named)
      ? `; commits are chosen by --log-opts=${named}`
      : args.text("redact") === "100" && /^\d+$/.test(named)
        ? `; the percentage stands behind =: --redact=${named}`
        : "; patrol git takes a work tree or a bare repository";
  throw new PatrolError("source-unreadable", `there is no folder ${named}${way}`);
}

/** Where what was scanned is remembered, if that was asked for and can be. */
function cacheFor(args: Arguments, scan: Scan): string | undefined {
  if (!args.has("cache")) return undefined;
  if (isNamedAnew()) {
    scan.note("--cache: nothing is remembered of a folder whose name is no UTF-8");
    return undefined;
  }
  const folder = ownCacheFolder("histories");
  if (folder === undefined)
    scan.note("--cache: nothing is remembered, for your cache folder cannot be written, or by others too");
  return folder;
}

/** Scans the history of a repository. `more` is what a caller other than the command line asks for. */
export async function scanRepository(
  args: Arguments,
  terminal: Terminal,
  more: Pick<ScanOptions, "watch" | "without"> = {},
): Promise<Result> {
  const named = namedRepository(args);
  if (args.has("staged") || args.has("pre-commit")) {
    const notes = besideStaged(args);
    // The framework runs a hook at every type that is installed: before a push, what is pushed counts.
    if (isFrameworkPush(terminal.env))
      return await (await import("./hook/run.ts")).prePush({ name: "", address: "" }, args, terminal, notes);
    const { staged } = await import("./staged/staged.ts");
    return await staged(named, args, terminal, { alsoUnstaged: !args.has("staged"), notes });
  }
  if (args.has("cache")) expectToRemember();
  const repository = findRepository(named, terminal.env);
  const { gitDir, top, objects } = repository;
  const scan = await beginScan(args, terminal, {
    unit: "objects",
    target: top,
    isWhole: !args.has("log-opts") && !args.has("since-commit"),
    ...more,
  });
  const since = args.text("since-commit");
  if (since !== undefined || args.has("log-opts")) refuseEndlessBelow(openRepository(gitDir, objects));
  const options = unlessAll(sinceCommit(repository, readLogOptions(args.text("log-opts") ?? ""), since));
  const paths = pathsIn(repository, options?.paths ?? []);
  const commits = options && commitsFor(repository, options);
  const maxDecodeDepth = args.number("max-decode-depth");
  const timeout = args.number("timeout") ?? 0;
  // Whatever was found is worth a while longer: every commit is looked at to tell where it came in.
  const signal = timeout > 0 ? AbortSignal.timeout(timeout * 2000 + 10_000) : undefined;
  if (commits?.size === 0) {
    const asked = ["log-opts", "since-commit"].filter((name) => args.has(name));
    const why = `no commit is in ${asked.map((name) => `--${name} ${args.text(name)}`).join(" ")}: nothing was scanned`;
    if (args.has("allow-empty")) scan.note(why);
    else scan.skipped({ what: named, why: `${why}; --allow-empty takes that for clean` });
    return await scan.finish(() => "0 commits scanned");
  }
  const folder = cacheFor(args, scan);
  const unpacker = await unpackerFor(args);
  const binary = new Set<string>();
  try {
    const history: HistoryOptions = {
      gitDir,
      environment: objects,
      rulebook: scan.configuration.rulebook,
      ...(options && {
        revisions: options.revisions,
        paths,
        firstParent: options.limits.includes("--first-parent"),
      }),
      ...(commits && { commits }),
      ...(maxDecodeDepth !== undefined && { maxDecodeDepth }),
      onProgress: ({ objects, objectsTotal, bytes }) => scan.progress({ items: objects, bytes, ofItems: objectsTotal }),
      isEnough: scan.isTimeOver,
      workers: threadsOf(args),
      keepsObjects: true,
      ...(!args.has("ignore-gitleaks-allow") && { allowedIn: allowedByMarkers }),
      ...(unpacker && { onBinary: (id) => void binary.add(id) }),
      ...(folder !== undefined && { cache: { folder } }),
      ...(signal && { signal }),
    };
    const result = await scanShortly(history);
    const { candidates, coverage } = result;
    // Git may be asked for the remote's address, and is for the refs below: to start it takes a tenth of a small scan.
    const mayLink = candidates.length > 0 || unpacker !== undefined;
    const link = mayLink ? linkFor(repository, args.text("platform")) : undefined;
    const asked = {
      revisions: options ? [...options.limits, ...options.revisions] : ["--all", "HEAD"],
      paths,
    };
    const isLarge = largeBlobs(scan, args, repository, asked);
    const wanted = ({ provenance: { commit, object } }: Candidate) =>
      !isLarge.has(object ?? "") && (commits?.has(commit ?? "") ?? true);
    const found = candidates.filter(wanted);
    const archives = unpacker && { repository, ...asked, binary, large: isLarge, unpacker, found, link };
    const left = archives ? (await import("./history/archives.ts")).scanHistoryArchives(scan, archives) : found;
    reportHistory(scan, repository, left, link, result);
    coverage.skipped.forEach(scan.skipped);
    const count = commits?.size ?? coverage.commits;
    if (count === 0) scan.skipped({ what: named, why: "the repository holds no commit" });
    if (isCutOff(repository, commits, options)) {
      if (args.has("allow-shallow")) scan.note(SHALLOW);
      else scan.skipped({ what: named, why: `${SHALLOW}; ${DEEPEN}` });
    }
    scan.covered({
      ...(args.has("receipt") && { refs: refsOf(repository) }),
      counts: {
        refs: coverage.refs,
        commits: count,
        ...(args.has("receipt") && !options ? expectedOf(repository) : {}),
        matched: coverage.scanned,
        cached: coverage.cached,
        binary: coverage.binary,
      },
    });
    if (coverage.binary > 0) scan.note(`left out as git log does: ${counted(coverage.binary, "binary file")}`);
    scan.count(coverage.objects, coverage.bytes);
    return await scan.finish(() => `${counted(count, "commit")} scanned, ${counted(coverage.objects, "object")}`);
  } catch (error) {
    if ((error as Error).name !== "AbortError" && (error as Error).name !== "TimeoutError") throw error;
    scan.skipped({ what: named, why: `--timeout ${timeout} was over` });
    return await scan.finish(() => "0 commits scanned");
  }
}

export const git: Run = (args, terminal) => scanRepository(args, terminal);
