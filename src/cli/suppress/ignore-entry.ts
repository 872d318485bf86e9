/** One line of `.patrolignore`: a secret that is known, wherever it stands. */
export interface IgnoreEntry {
  /** Hex, of the secret. */
  readonly digest: string;
  readonly rule: string;
  /** The last day it holds, UTC, `2026-12-31`; undefined: for good. */
  readonly until?: string;
  readonly owner?: string;
  readonly reason: string;
}

const LINE = /^([0-9a-f]{64})((?: +[a-z]+=(?:"(?:[^"\\]|\\.)*"|[^\s"]+))*)$/;
const FIELD = /([a-z]+)=("(?:[^"\\]|\\.)*"|[^\s"]+)/g;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const isDay = (text: string) =>
  DAY.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value;
  try {
    return JSON.parse(value) as string;
  } catch {
    return undefined;
  }
}

/** Undefined for a line that is no entry. */
export function parseIgnoreEntry(line: string): IgnoreEntry | undefined {
  const [, digest, rest] = LINE.exec(line) ?? [];
  if (digest === undefined || rest === undefined) return undefined;
  const fields = new Map([...rest.matchAll(FIELD)].map(([, name = "", value = ""]) => [name, unquoted(value)]));
  const [rule, until, owner, reason] = ["rule", "until", "owner", "reason"].map((name) => fields.get(name));
  if (rule === undefined || reason === undefined || (until !== undefined && !isDay(until))) return undefined;
  return { digest, rule, reason, ...(until !== undefined && { until }), ...(owner !== undefined && { owner }) };
}

const word = (text: string) => (/^[\w.@+/:-]+$/.test(text) ? text : JSON.stringify(text));

export const ignoreLine = ({ digest, rule, until, owner, reason }: IgnoreEntry): string =>
  [
    digest,
    `rule=${word(rule)}`,
    ...(until === undefined ? [] : [`until=${until}`]),
    ...(owner === undefined ? [] : [`owner=${word(owner)}`]),
    `reason=${JSON.stringify(reason)}`,
  ].join(" ");

/** The content of the file: an entry a line, sorted, each digest once. Comments of its own head are kept. */
export function ignoreText(entries: readonly IgnoreEntry[], head: readonly string[]): string {
  const byDigest = new Map(entries.map((entry) => [`${entry.digest} ${entry.rule}`, ignoreLine(entry)]));
  return [...head, ...[...byDigest.values()].sort()].map((line) => `${line}\n`).join("");
}

export const isExpired = ({ until }: IgnoreEntry, today: string) => until !== undefined && until < today;

/** Today in UTC, `2026-11-22`. */
export const today = () => new Date().toISOString().slice(0, 10);
