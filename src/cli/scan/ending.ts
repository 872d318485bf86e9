// What a run says when it has ended: on standard error, by its exit code and in the receipt.
import { printable } from "../../report/printable.ts";
import type { Skipped } from "../../sources/source.ts";
import { nowMs } from "../../sources/clock.ts";
import type { Coverage } from "../receipt/write-receipt.ts";
import type { IgnoreBook } from "../suppress/ignore-book.ts";
import { duration, size, type paint } from "../terminal/look.ts";
import { EXIT } from "../usage/command.ts";
import type { Tally } from "./tally.ts";

const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Whether a level is told of. gitleaks takes `err` for `error`. @param least as `--log-level` has it. */
export function telling(least = "info"): (level: "info" | "warn") => boolean {
  const from = LEVELS.indexOf(least === "err" ? "error" : least);
  return (level) => LEVELS.indexOf(level) >= from;
}

export interface Ending {
  readonly tally: Tally;
  readonly notes: readonly string[];
  /** What is wrong with ignore entries. */
  readonly faults: ReturnType<IgnoreBook["faults"]>;
  /** Such faults are an error. */
  readonly isStrict: boolean;
  readonly leaks: number;
  /** Findings that do not count. */
  readonly quiet: number;
  /** What the service said of the findings; why it did not. */
  readonly says?: string;
  readonly failed?: string;
}

const isFaulty = ({ faults, isStrict }: Ending) => isStrict && faults.length > 0;

/** @param onLeaks the exit code for a run that found some. */
export function exitStatusOf(ending: Ending, onLeaks: number = EXIT.leaks): number {
  if (ending.tally.skipped.length > 0 || isFaulty(ending) || ending.failed !== undefined) return EXIT.couldNotScan;
  return ending.leaks > 0 ? onLeaks : EXIT.clean;
}

interface Saying {
  readonly isTelling: ReturnType<typeof telling>;
  readonly colour: ReturnType<typeof paint>;
  readonly mask: (text: string) => string;
  readonly startedMs: number;
  readonly summary: (items: number) => string;
}

/** What is said on standard error, line by line. */
export function linesOf(ending: Ending, { isTelling, colour, mask, startedMs, summary }: Saying): string[] {
  const { tally, notes, faults, leaks, quiet, says, failed } = ending;
  const masked = (text: string) => printable(mask(text));
  const warned = [...notes, ...few(leftOutOf(tally))].map((text) => `${colour.yellow("note:")} ${masked(text)}`);
  const faulty = faults.map((fault) => `${colour.yellow(`${fault.kind} ignore:`)} ${masked(fault.says)}`);
  const informed = [
    ...(says === undefined ? [] : [says]),
    `${summary(tally.items)}, ${size(tally.bytes)} in ${duration(nowMs() - startedMs)}`,
    ...(quiet > 0 ? [`not counted: ${quiet} (comments, ignore files, baseline)`] : []),
    verdict(leaks, tally, colour),
  ];
  return [
    ...(isTelling("warn") ? warned : []),
    ...(isTelling("warn") || isFaulty(ending) ? faulty : []),
    ...tally.skipped.map(({ what, why }) => `${colour.red("not scanned:")} ${printable(what)}: ${printable(why)}`),
    ...(failed === undefined ? [] : [`${colour.red("not verified:")} ${failed}`]),
    ...(isTelling("info") ? informed : []),
  ];
}

/** What the receipt holds of it. */
export function coverageOf(
  ending: Ending,
  { unit, mask }: { readonly unit: string; readonly mask: (text: string) => string },
): Pick<Coverage, "unit" | "counts" | "refs" | "mask" | "skipped" | "notes" | "findings"> {
  const { tally, notes, leaks, quiet, failed } = ending;
  const { items, bytes, skipped, leftOut, covered } = tally;
  return {
    unit,
    counts: {
      scanned: items,
      bytes,
      ...(leftOut.length > 0 && { leftOut: leftOut.length }),
      ...(unit === "objects" ? {} : { expected: items + skipped.length + leftOut.length }),
      ...covered.counts,
    },
    refs: covered.refs ? Object.fromEntries(Object.entries(covered.refs).map(([ref, id]) => [mask(ref), id])) : null,
    mask,
    skipped,
    notes: [...notes.map(mask), ...leftOutOf(tally), ...(failed === undefined ? [] : [`not verified: ${failed}`])],
    findings: { reported: leaks, suppressed: quiet },
  };
}

const leftOutOf = ({ leftOut }: Tally) => leftOut.map(({ what, why }: Skipped) => `${what} was left out: ${why}`);

/** The receipt names all; a person is told how many more there are. */
const MOST_NAMED = 20;

const few = (all: readonly string[]) =>
  all.length <= MOST_NAMED
    ? all
    : [...all.slice(0, MOST_NAMED), `${all.length - MOST_NAMED} more were left out; --receipt FILE names them`];

const verdict = (leaks: number, { skipped, leftOut }: Tally, colour: ReturnType<typeof paint>) => {
  const gaps = skipped.length;
  const found =
    leaks > 0
      ? colour.red(`leaks found: ${leaks}`)
      : gaps > 0
        ? "no leaks found in the rest"
        : colour.green("no leaks found");
  const asked = leftOut.length > 0 ? `; ${leftOut.length} left out as asked` : "";
  return gaps > 0 ? `${found}${asked}; ${gaps} could not be scanned, so this is no clean result` : found + asked;
};
