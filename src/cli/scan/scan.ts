import { resolve } from "node:path";
import { mask } from "../../engine/mask.ts";
import { givenUp } from "../../engine/rulebook.ts";
import { scan, type ScanOptions as EngineOptions } from "../../engine/scan.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment } from "../../model/fragment.ts";
import { open } from "../../report/row.ts";
import { nowMs } from "../../sources/clock.ts";
import type { Skipped } from "../../sources/source.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Result, Terminal } from "../usage/command.ts";
import { loadConfiguration, type Configuration } from "../configuration.ts";
import { findingBlock, paint } from "../terminal/look.ts";
import { ownRulesSentence } from "../own-files.ts";
import { progress, type Step } from "../terminal/progress.ts";
import { annotate } from "./annotate.ts";
import { coverageOf, exitStatusOf, linesOf, telling, type Ending } from "./ending.ts";
import { Findings, type Extras, type Watch } from "./findings.ts";
import { reportWanted } from "./report-file.ts";
import { Tally, type Covered } from "./tally.ts";
import { withShownFolder } from "../place/current-folder.ts";
import { receiptWanted } from "../receipt/write-receipt.ts";
import { moreThanKnown } from "../suppress/after-all.ts";
import { chosenSuppressors, type ChosenSuppressors } from "../suppress/chosen.ts";
import { packageVersion } from "../version.ts";

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

/** More bytes than a text can have: the core reads them, but cannot tell lines. */
const isTooLong = (error: unknown) => (error as NodeJS.ErrnoException).code === "ERR_STRING_TOO_LONG";
const foundSomewhere = (bytes: number) =>
  `something was found, but ${Math.ceil(bytes / 1e6)} MB are too many to tell where`;

/** How much of a secret is hidden: all of it, unless asked otherwise. */
function redaction(args: Arguments): number {
  if (args.has("show-secrets")) return 0;
  return args.number("redact") ?? 100;
}

/** Hides what the rules find in a text that strangers chose; the same comes often. The current folder is named as far as it can be. */
function masking({ rulebook, hiding }: Configuration): (text: string) => string {
  const masked = new Map<string, string>();
  return (text) => {
    const known =
      masked.get(text) ?? [rulebook, ...hiding].reduce((words, rules) => mask(words, rules), withShownFolder(text));
    masked.set(text, known);
    return known;
  };
}

/** The configuration and the suppressors that a run has by its flags and its target; notes say what is to be known of them. */
async function readOwnFiles(
  args: Arguments,
  terminal: Terminal,
  { target, configuredBy, staged, without }: ScanOptions,
  note: (text: string) => void,
): Promise<{ readonly configuration: Configuration; readonly suppressors: ChosenSuppressors }> {
  const folder = target ?? configuredBy;
  const configuration = await loadConfiguration(
    {
      config: args.text("config"),
      enabled: args.list("enable-rule"),
      ...(folder !== undefined && { target: folder }),
      ...(staged && { staged }),
    },
    terminal.env,
  );
  const { found, warnings } = configuration;
  warnings.forEach(note);
  if (found?.isFromTarget) note(ownRulesSentence({ path: found.name, isStaged: found.isStaged === true }));
  const suppressors = chosenSuppressors(args, terminal, target, note, {
    ...(found?.path !== undefined && { configuration: found.path }),
    ...(without && { without }),
  });
  return { configuration, suppressors };
}

/** The candidates of a fragment; what no text can hold, and the rules that were given up, are gaps. */
function candidatesIn(
  fragment: Fragment,
  rulebook: Configuration["rulebook"],
  scanOptions: EngineOptions,
  missed: (why: string) => void,
): readonly Candidate[] {
  let candidates: readonly Candidate[] = [];
  try {
    candidates = scan(fragment, rulebook, scanOptions);
  } catch (error) {
    if (!isTooLong(error)) throw error;
    missed(foundSomewhere(fragment.bytes.length));
  }
  const exceeded = rulebook.engine?.takeExceeded?.() ?? [];
  if (exceeded.length > 0) missed(givenUp(exceeded.map(({ id }) => id)));
  return candidates;
}

/** Begins a scan: reads configuration, ignore files and baseline, and complains about them before anything is scanned. */
export async function beginScan(args: Arguments, terminal: Terminal, options: ScanOptions): Promise<Scan> {
  const startedAt = new Date();
  const startedMs = nowMs();
  const isTelling = telling(args.text("log-level"));
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const wanted = await reportWanted(args);
  const receipt = receiptWanted(args);
  const baseline = args.text("baseline-path");
  if (baseline !== undefined && wanted !== undefined && resolve(baseline) === resolve(wanted.path))
    note(`${wanted.path} is baseline and report: the next baseline holds only what is new now`);
  const diagnostics = args.has("diagnostics")
    ? await (await import("./diagnostics.ts")).startDiagnostics(args)
    : undefined;
  const verifier = args.has("verify") ? (await import("./verify.ts")).Verifier.open(terminal.env) : undefined;
  const { configuration, suppressors } = await readOwnFiles(args, terminal, options, note);
  const { rulebook } = configuration;
  const maxDecodeDepth = args.number("max-decode-depth");
  const scanOptions = maxDecodeDepth === undefined ? {} : { maxDecodeDepth };
  const target = options.target ?? "standard input";
  const maskText = masking(configuration);
  const bar = progress(terminal, options.unit, isTelling("info"));
  const timeoutMs = (args.number("timeout") ?? 0) * 1000;
  const tally = new Tally({ unit: options.unit, startedMs, timeoutMs, bar, mask: maskText });
  const redact = redaction(args);
  const { watch } = options;
  const findings = new Findings({ configuration, scanOptions, redact, mask: maskText, suppressors, verifier, watch });

  async function finish(summary: (items: number) => string): Promise<Result> {
    bar.end();
    diagnostics?.write();
    const settled = await findings.settled((count) => note(moreThanKnown(count, baseline)));
    const leaks = open(settled.findings);
    const isAllSeen = options.isWhole === true && tally.skipped.length + tally.leftOut.length === 0;
    const ending: Ending = {
      ...settled,
      tally,
      notes,
      faults: suppressors.book.faults(isAllSeen && !args.has("enable-rule")),
      isStrict: args.has("strict-ignores"),
      leaks: leaks.length,
      quiet: settled.findings.length - leaks.length,
    };
    const endedAt = new Date();
    const context = {
      version: packageVersion(),
      // Few formats name them, and a scan that finds nothing has not read them.
      get rules() {
        return rulebook.rules.filter(({ skipReport }) => !skipReport);
      },
      skipped: tally.skipped,
      startedAt,
      endedAt,
    };
    const report = wanted?.format(settled.findings, context) ?? "";
    const isReportOnOut = wanted?.path === "-";
    if (!isReportOnOut) wanted?.write(report);
    const exitStatus = exitStatusOf(ending, args.number("exit-code"));
    const coverage = coverageOf(ending, { unit: options.unit, mask: maskText });
    receipt?.write({ ...coverage, startedAt, endedAt, target: maskText(target), configuration, exitStatus });
    const annotations = args.has("annotate") ? annotate(settled.findings, context, terminal.env) : "";
    const coloured = (isTerminal: boolean) => paint(isTerminal, args.has("no-color"), terminal.env);
    const onOut = coloured(terminal.isOutTerminal);
    const colour = coloured(terminal.isErrTerminal);
    const showBlocks = args.has("verbose") || wanted === undefined;
    const blocks = showBlocks ? leaks.map((finding) => findingBlock(finding, onOut)).join("") : "";
    const lines = linesOf(ending, { isTelling, colour, mask: maskText, startedMs, summary });
    if (showBlocks && isReportOnOut) lines.unshift(blocks);
    return {
      exitStatus,
      stdout: (isReportOnOut ? report : annotations ? "" : blocks) + annotations,
      stderr: lines.length > 0 ? `${lines.join("\n")}\n` : "",
      fingerprints: leaks.map(({ row }) => row.Fingerprint),
    };
  }

  return {
    configuration,
    scanOptions,
    candidates: (fragment) =>
      candidatesIn(fragment, rulebook, scanOptions, (why) =>
        tally.skip({ what: fragment.provenance.path ?? target, why }),
      ),
    report: (fragment, candidates, extras = {}) => findings.take(fragment, candidates, extras),
    skipped: (item) => tally.skip(item),
    note,
    isOver: (bytes, ofItems) => tally.isOver(bytes, ofItems),
    isTimeOver: () => tally.isTimeOver(),
    progress: bar.at,
    count: (items, bytes) => tally.count(items, bytes),
    covered: (facts) => void (tally.covered = facts),
    finish,
  };
}
