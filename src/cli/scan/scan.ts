import { resolve } from "node:path";
import { mask } from "../../engine/mask.ts";
import { givenUp } from "../../engine/rulebook.ts";
import { scan, type ScanOptions as EngineOptions } from "../../engine/scan.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment } from "../../model/fragment.ts";
import { describe, shownBeside, shownMatch } from "../../report/describe.ts";
import { printable } from "../../report/printable.ts";
import { textOf } from "../../report/text.ts";
import { inOrder, open, type ReportedFinding, type Suppression } from "../../report/row.ts";
import { nowMs } from "../../sources/clock.ts";
import type { Skipped } from "../../sources/source.ts";
import type { Arguments } from "../usage/arguments.ts";
import { EXIT, type Result, type Terminal } from "../usage/command.ts";
import { loadConfiguration, type Configuration } from "../configuration.ts";
import { duration, findingBlock, paint, size } from "../terminal/look.ts";
import { ownRulesSentence } from "../own-files.ts";
import { progress, type Progress, type Step } from "../terminal/progress.ts";
import { annotate } from "./annotate.ts";
import { reportWanted } from "./report-file.ts";
import { withShownFolder } from "../place/current-folder.ts";
import { receiptWanted } from "../receipt/write-receipt.ts";
import { withoutShadowed } from "../suppress/generic.ts";
import { afterAll, moreThanKnown } from "../suppress/after-all.ts";
import { chosenSuppressors } from "../suppress/chosen.ts";
import { suppression, type Located } from "../suppress/suppress.ts";
import { packageVersion } from "../version.ts";

/** What a source knows of a fragment beyond its provenance. */
export interface Extras {
  /** Other names of the path that ignore files and baselines may have for it. */
  readonly otherPaths?: readonly string[];
  readonly symlink?: string;
  /** Which of the candidates are told; the others only hide their secrets. Left out: all. */
  readonly isTold?: (candidate: Candidate) => boolean;
  /** Secrets that are no findings here, and are hidden all the same. */
  readonly hidden?: readonly Candidate[];
  /** The fragment may hold more than the candidates, as a version of a file does of which only what is new is told: that is hidden too. */
  readonly isPart?: boolean;
  readonly message?: string;
  readonly link?: (commit: string, path: string, span: Candidate["span"]) => string;
}

/** One run of a scan command: fragments go in, at the end a result comes out. */
export interface Scan {
  readonly configuration: Configuration;
  /** As the flags have it. */
  readonly scanOptions: EngineOptions;
  /** The candidates of a fragment, with nothing left out. Pure. */
  readonly candidates: (fragment: Fragment) => readonly Candidate[];
  /** Takes the candidates of a fragment into the report; its bytes are only read during the call. */
  readonly report: (fragment: Fragment, candidates: readonly Candidate[], extras?: Extras) => void;
  /** What was not scanned. The run then ends with exit code 2, unless it was asked to be left out. */
  readonly skipped: (item: Skipped) => void;
  /** Something worth telling that takes nothing away from what was scanned. */
  readonly note: (text: string) => void;
  /** Counts an item as scanned. True when the time given by `--timeout` is over: stop, it is reported. */
  readonly isOver: (bytes: number, ofItems?: number) => boolean;
  /** The same without counting or reporting. */
  readonly isTimeOver: () => boolean;
  /** Shows how far a source that counts for itself has come. */
  readonly progress: (step: Step) => void;
  /** Adds what such a source has scanned. */
  readonly count: (items: number, bytes: number) => void;
  /** What a source knows of its own coverage, for the receipt. */
  readonly covered: (facts: Covered) => void;
  readonly finish: (summary: (items: number) => string) => Promise<Result>;
}

/** Goes into the receipt as it is. */
interface Covered {
  readonly counts?: Readonly<Record<string, number>>;
  readonly refs?: Readonly<Record<string, string>>;
}

export interface ScanOptions {
  /** The folder whose own configuration and ignore files count. */
  readonly target?: string;
  /** Without a target: the folder whose configuration counts all the same. */
  readonly configuredBy?: string;
  /** What the next commit has at a path below `target`: a configuration there counts as it is staged. */
  readonly staged?: (path: string) => Buffer | undefined;
  /** What is counted: files, commits. */
  readonly unit: string;
  /** Everything is scanned that an ignore entry may tell of: one that tells of nothing is then reported. */
  readonly isWhole?: boolean;
  /** Names of ignore files that are not to be read. */
  readonly without?: readonly string[];
  /** Called with every finding; `located.text` lives during the call only. */
  readonly watch?: Watch;
}

type Watch = (located: Located, reason: Suppression | undefined) => void;

/** More bytes than a text can have: the core reads them, but cannot tell lines. */
const isTooLong = (error: unknown) => (error as NodeJS.ErrnoException).code === "ERR_STRING_TOO_LONG";
const foundSomewhere = (bytes: number) =>
  `something was found, but ${Math.ceil(bytes / 1e6)} MB are too many to tell where`;

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

/** gitleaks takes `err` for `error`. */
const levelOf = (name = "info") => LEVELS.indexOf(name === "err" ? "error" : name);

/** How much of a secret is hidden: all of it, unless asked otherwise. */
function redaction(args: Arguments): number {
  if (args.has("show-secrets")) return 0;
  return args.number("redact") ?? 100;
}

/** Begins a scan: reads configuration, ignore files and baseline, and complains about them before anything is scanned. */
export async function beginScan(args: Arguments, terminal: Terminal, options: ScanOptions): Promise<Scan> {
  const startedAt = new Date();
  const started = nowMs();
  const level = levelOf(args.text("log-level"));
  const isTelling = (name: string) => LEVELS.indexOf(name) >= level;
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const redact = redaction(args);
  const wanted = await reportWanted(args);
  const receipt = receiptWanted(args);
  const baseline = args.text("baseline-path");
  if (baseline !== undefined && wanted !== undefined && resolve(baseline) === resolve(wanted.path))
    note(`${wanted.path} is baseline and report: the next baseline holds only what is new now`);
  const diagnostics = args.has("diagnostics")
    ? await (await import("./diagnostics.ts")).startDiagnostics(args)
    : undefined;
  const verifier = args.has("verify") ? (await import("./verify.ts")).Verifier.open(terminal.env) : undefined;
  const target = options.target ?? options.configuredBy;
  const configuration = await loadConfiguration(
    {
      config: args.text("config"),
      enabled: args.list("enable-rule"),
      ...(target !== undefined && { target }),
      ...(options.staged && { staged: options.staged }),
    },
    terminal.env,
  );
  const { rulebook, hiding, found, warnings } = configuration;
  warnings.forEach(note);
  if (found?.isFromTarget) note(ownRulesSentence({ path: found.name, isStaged: found.isStaged === true }));
  const {
    suppressors: reasons,
    book,
    inDoubt,
  } = chosenSuppressors(args, terminal, options.target, note, {
    ...(found?.path !== undefined && { configuration: found.path }),
    ...(options.without && { without: options.without }),
  });
  const maxDecodeDepth = args.number("max-decode-depth");
  const scanOptions = maxDecodeDepth === undefined ? {} : { maxDecodeDepth };
  const timeoutMs = (args.number("timeout") ?? 0) * 1000;

  const isTimeOver = () => timeoutMs > 0 && nowMs() - started >= timeoutMs;

  const findings: ReportedFinding[] = [];
  const tellAfterAll = afterAll(book.suppressor);
  const skipped: Skipped[] = [];
  const leftOut: Skipped[] = [];
  const masked = new Map<string, string>();
  const maskText = (text: string) => {
    const known =
      masked.get(text) ?? [rulebook, ...hiding].reduce((words, rules) => mask(words, rules), withShownFolder(text));
    masked.set(text, known);
    return known;
  };
  const bar: Progress = progress(terminal, options.unit, isTelling("info"));
  let items = 0;
  let bytes = 0;
  let covered: Covered = {};

  return {
    configuration,
    scanOptions,
    candidates(fragment) {
      const nameOf = ({ provenance: { path } }: Fragment) => maskText(path ?? options.target ?? "standard input");
      let candidates: readonly Candidate[] = [];
      try {
        candidates = scan(fragment, rulebook, scanOptions);
      } catch (error) {
        if (!isTooLong(error)) throw error;
        skipped.push({ what: nameOf(fragment), why: foundSomewhere(fragment.bytes.length) });
      }
      const exceeded = rulebook.engine?.takeExceeded?.() ?? [];
      if (exceeded.length > 0)
        skipped.push({
          what: nameOf(fragment),
          why: givenUp(exceeded.map(({ id }) => id)),
        });
      return candidates;
    },
    skipped: ({ what, why, isAsked }) =>
      void (isAsked ? leftOut : skipped).push({ what: maskText(what), why: maskText(why) }),
    note,

    report(fragment, candidates, extras = {}) {
      const kept = withoutShadowed(candidates);
      if (kept.length === 0) return;
      const alsoLooking = extras.isPart === true ? [rulebook, ...hiding] : hiding;
      const nearby = { ...scanOptions, isNear: shownBeside(kept) };
      const alsoHidden = alsoLooking.flatMap((rules) => scan(fragment, rules, nearby)).concat(extras.hidden ?? []);
      // Whoever scanned all of it has told of rules that were given up in it.
      if (extras.isPart === true) rulebook.engine?.takeExceeded?.();
      const shown = describe(kept, fragment, { redact, mask: maskText, alsoHidden, ...extras });
      const text = textOf(fragment.bytes);
      kept.forEach((candidate, index) => {
        const finding = shown[index];
        if (!finding || extras.isTold?.(candidate) === false) return;
        const named = [fragment.provenance.path ?? "", ...(extras.otherPaths ?? [])];
        // A report calls a path in which there is a token by what is shown of it.
        const paths = [...new Set([...named, ...named.map(maskText)])];
        const located = { candidate, text, paths, match: shownMatch(text, candidate) };
        const reason = suppression(located, reasons);
        options.watch?.(located, reason);
        if (reason === undefined) verifier?.take(finding, candidate.secret);
        findings.push(reason ? { ...finding, suppression: reason } : finding);
        if (reason !== undefined && inDoubt !== undefined) tellAfterAll.remember(reason, located);
      });
    },

    isOver(size, ofItems) {
      items++;
      bytes += size;
      bar.at({ items, bytes, ...(ofItems !== undefined && { ofItems }) });
      if (!isTimeOver()) return false;
      skipped.push({ what: "the rest", why: `--timeout ${timeoutMs / 1000} was over after ${items} ${options.unit}` });
      return true;
    },

    isTimeOver,
    progress: bar.at,

    covered: (facts) => void (covered = facts),

    count(more, size) {
      items += more;
      bytes += size;
    },

    async finish(summary) {
      bar.end();
      diagnostics?.write();
      const colour = paint(terminal.isOutTerminal, args.has("no-color"), terminal.env);
      const onErr = paint(terminal.isErrTerminal, args.has("no-color"), terminal.env);
      const told = inDoubt === undefined ? [] : tellAfterAll.among(findings, inDoubt());
      for (const { finding, secret } of told) verifier?.take(finding, secret);
      if (told.length > 0) note(moreThanKnown(told.length, baseline));
      const answers = await verifier?.answer(findings);
      const sorted = (answers?.findings ?? findings).sort(inOrder);
      const leaks = open(sorted);
      const context = {
        version: packageVersion(),
        rules: rulebook.rules.filter(({ skipReport }) => !skipReport),
        skipped,
        startedAt,
        endedAt: new Date(),
      };
      const report = wanted?.format(sorted, context) ?? "";
      if (wanted && wanted.path !== "-") wanted.write(report);
      const blocks = leaks.map((finding) => findingBlock(finding, colour)).join("");
      const isReportOnOut = wanted?.path === "-";
      const showBlocks = args.has("verbose") || wanted === undefined;
      const quiet = sorted.length - leaks.length;
      const faults = book.faults(
        options.isWhole === true && skipped.length + leftOut.length === 0 && !args.has("enable-rule"),
      );
      const asked = leftOut.map(({ what, why }) => `${what} was left out: ${why}`);
      const isStrict = args.has("strict-ignores") && faults.length > 0;
      const lines = [
        ...(showBlocks && isReportOnOut ? [blocks] : []),
        ...(isTelling("warn")
          ? [...notes, ...few(asked)].map((text) => `${onErr.yellow("note:")} ${printable(maskText(text))}`)
          : []),
        ...(isTelling("warn") || isStrict
          ? faults.map(({ kind, says }) => `${onErr.yellow(`${kind} ignore:`)} ${printable(maskText(says))}`)
          : []),
        ...skipped.map(({ what, why }) => `${onErr.red("not scanned:")} ${printable(what)}: ${printable(why)}`),
        ...(answers?.failed === undefined ? [] : [`${onErr.red("not verified:")} ${answers.failed}`]),
        ...(answers?.says !== undefined && isTelling("info") ? [answers.says] : []),
        ...(isTelling("info") ? [`${summary(items)}, ${size(bytes)} in ${duration(nowMs() - started)}`] : []),
        ...(quiet > 0 && isTelling("info") ? [`not counted: ${quiet} (comments, ignore files, baseline)`] : []),
        ...(isTelling("info") ? [verdict(leaks.length, skipped.length, leftOut.length, onErr)] : []),
      ];
      const exitStatus =
        skipped.length > 0 || isStrict || answers?.failed !== undefined
          ? EXIT.couldNotScan
          : leaks.length > 0
            ? (args.number("exit-code") ?? EXIT.leaks)
            : EXIT.clean;
      receipt?.write({
        startedAt,
        endedAt: context.endedAt,
        target: maskText(options.target ?? "standard input"),
        configuration,
        unit: options.unit,
        counts: {
          scanned: items,
          bytes,
          ...(leftOut.length > 0 && { leftOut: leftOut.length }),
          ...(options.unit === "objects" ? {} : { expected: items + skipped.length + leftOut.length }),
          ...covered.counts,
        },
        refs: covered.refs
          ? Object.fromEntries(Object.entries(covered.refs).map(([ref, id]) => [maskText(ref), id]))
          : null,
        mask: maskText,
        skipped,
        notes: [
          ...notes.map(maskText),
          ...asked,
          ...(answers?.failed === undefined ? [] : [`not verified: ${answers.failed}`]),
        ],
        findings: { reported: leaks.length, suppressed: quiet },
        exitStatus,
      });
      const annotations = args.has("annotate") ? annotate(sorted, context, terminal.env) : "";
      return {
        exitStatus,
        stdout: (isReportOnOut ? report : showBlocks && !annotations ? blocks : "") + annotations,
        stderr: lines.length > 0 ? `${lines.join("\n")}\n` : "",
        fingerprints: leaks.map(({ row }) => row.Fingerprint),
      };
    },
  };
}

/** The receipt names all; a person is told how many more there are. */
const MOST_NAMED = 20;

const few = (all: readonly string[]) =>
  all.length <= MOST_NAMED
    ? all
    : [...all.slice(0, MOST_NAMED), `${all.length - MOST_NAMED} more were left out; --receipt FILE names them`];

const verdict = (leaks: number, gaps: number, leftOut: number, colour: ReturnType<typeof paint>) => {
  const found =
    leaks > 0
      ? colour.red(`leaks found: ${leaks}`)
      : gaps > 0
        ? "no leaks found in the rest"
        : colour.green("no leaks found");
  const asked = leftOut > 0 ? `; ${leftOut} left out as asked` : "";
  return gaps > 0 ? `${found}${asked}; ${gaps} could not be scanned, so this is no clean result` : found + asked;
};
