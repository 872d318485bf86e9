import { PatrolError } from "../../model/errors.ts";
import type { Flag } from "./flags.ts";

/** What was typed, read by a flag table. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** Names of the flags that were typed. */
  readonly given: readonly string[];
  readonly has: (name: string) => boolean;
  /** Of a flag given twice the last counts. */
  readonly text: (name: string) => string | undefined;
  readonly number: (name: string) => number | undefined;
  readonly list: (name: string) => readonly string[];
}

/** How many letters must be added, dropped, changed or swapped with their neighbour to make `a` of `b`. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const change = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity;
      rows[i]?.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, change, swap));
    }
  }
  return at(a.length, b.length);
}

/** The known word that was likely meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const best = known
    .map((name) => ({ name, far: name.startsWith(word) && word.length > 2 ? 0 : distance(word, name) }))
    .sort((a, b) => a.far - b.far)[0];
  return best && best.far <= Math.max(1, Math.floor(word.length / 3)) ? best.name : undefined;
}

/** What flags of other scanners are called here. */
const OURS = new Map(
  Object.entries({
    s: "what is scanned stands behind the command: patrol git PATH, patrol dir PATH",
    source: "what is scanned stands behind the command: patrol git PATH, patrol dir PATH",
    "no-git": "patrol dir PATH scans files as they lie there",
    pipe: "patrol stdin scans standard input",
    json: "--report-format json does it",
    results: "--verify asks what has become of each token",
    validation: "--verify asks what has become of each token",
    "only-verified": "--verify asks what has become of each token",
    "ignore-file": "--gitleaks-ignore-path names the file",
    "hmac-key": "the key is read from BETTERLEAKS_FINGERPRINT_HMAC_KEY",
    "isolate-rule": "--enable-rule does it",
    unstaged: "--pre-commit scans what is staged and what is not",
    branch: "--log-opts=BRANCH chooses commits",
    "pre-receive": "patrol hook install --type pre-receive makes it a hook",
  }),
);

/** gitleaks' words "unknown flag" and its code 126 are kept: pipelines look for them. */
function unknownFlag(given: string, flags: readonly Flag[], elsewhere: (name: string) => string | undefined): never {
  const name = given.replace(/^--?/, "");
  const owner = elsewhere(name);
  const meant = nearest(
    name,
    flags.filter(({ hidden }) => !hidden).map((flag) => flag.name),
  );
  const known =
    OURS.get(name) ??
    (owner
      ? `it belongs to patrol ${owner}`
      : meant
        ? `did you mean --${meant}?`
        : "`patrol help COMMAND` lists its flags.");
  throw new PatrolError("flag-unknown", `unknown flag: ${given}; ${known}`);
}

function checked(flag: Flag, value: string): string {
  if (flag.kind === "number" && !/^\d{1,9}$/.test(value))
    throw new PatrolError("usage-invalid", `--${flag.name} wants a whole number, not ${JSON.stringify(value)}`);
  if (flag.most !== undefined && Number(value) > flag.most)
    throw new PatrolError("usage-invalid", `--${flag.name} is a number from 0 to ${flag.most}, not ${value}`);
  const choice = flag.choices?.find((one) => one === value.trim().toLowerCase());
  if (choice !== undefined) return choice;
  if (flag.choices) {
    const meant = nearest(value, flag.choices);
    throw new PatrolError(
      "usage-invalid",
      `--${flag.name} cannot be ${JSON.stringify(value)}; ${meant ? `did you mean ${meant}? It` : "it"} may be ${flag.choices.join(", ")}`,
    );
  }
  return value;
}

const switchValue = (flag: Flag, value: string): boolean => {
  if (/^(?:1|t|true)$/i.test(value)) return true;
  if (/^(?:0|f|false)$/i.test(value)) return false;
  throw new PatrolError("usage-invalid", `--${flag.name} is on or off; it takes no ${JSON.stringify(value)}`);
};

/**
 * Reads a command line as gitleaks' parser does: flags before, between and behind positionals; `--name value`,
 * `--name=value`, `-nvalue`, `-n value`, `-vn value`; `--switch=false`; `--` ends the flags.
 *
 * @param elsewhere the command that knows a flag which this one does not.
 * @throws PatrolError `flag-unknown` (exit 126), or `usage-invalid` for a value that cannot be.
 */
export function parseArguments(
  words: readonly string[],
  flags: readonly Flag[],
  elsewhere: (name: string) => string | undefined = () => undefined,
): Arguments {
  const positionals: string[] = [];
  const given = new Map<string, string[]>();
  const set = (flag: Flag, value: string) => {
    const values = flag.kind === "list" ? value.split(",").map((item) => item.trim()) : [checked(flag, value)];
    given.set(flag.name, [...(given.get(flag.name) ?? []), ...values]);
  };
  const toggle = (flag: Flag, value: string) => given.set(flag.name, switchValue(flag, value) ? ["true"] : []);

  let at = 0;
  const valueFor = (flag: Flag, shown: string): string => {
    const value = words[at++];
    if (value === undefined)
      throw new PatrolError("usage-invalid", `${shown} needs a value: ${shown} ${flag.value ?? "VALUE"}`);
    return value;
  };

  const long = (word: string) => {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    const flag = flags.find((one) => one.name === name) ?? unknownFlag(`--${name}`, flags, elsewhere);
    if (equals >= 0) {
      if (flag.kind === "switch") toggle(flag, word.slice(equals + 1));
      else set(flag, word.slice(equals + 1));
    } else if (flag.kind === "switch") toggle(flag, "true");
    else set(flag, flag.bare ?? valueFor(flag, `--${name}`));
  };

  const short = (word: string) => {
    for (let index = 1; index < word.length; index++) {
      const letter = word[index] ?? "";
      const flag = flags.find((one) => one.short === letter) ?? unknownFlag(`-${letter}`, flags, elsewhere);
      if (flag.kind === "switch") {
        toggle(flag, "true");
        continue;
      }
      const rest = word.slice(index + 1).replace(/^=/, "");
      set(flag, rest === "" ? valueFor(flag, `-${letter}`) : rest);
      return;
    }
  };

  while (at < words.length) {
    const word = words[at++] ?? "";
    if (word === "--") positionals.push(...words.slice(at, (at = words.length)));
    else if (word.startsWith("--")) long(word);
    else if (word.startsWith("-") && word !== "-") short(word);
    else positionals.push(word);
  }

  const last = (name: string) => given.get(name)?.at(-1);
  return {
    positionals,
    given: [...given.keys()],
    has: (name) => last(name) !== undefined,
    text: last,
    number: (name) => (last(name) === undefined ? undefined : Number(last(name))),
    list: (name) => given.get(name) ?? [],
  };
}
