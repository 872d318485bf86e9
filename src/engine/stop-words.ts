import type { Allowlist } from "../model/rule.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
/** So many in a row are typed, not made: of random digits one run in a thousand million, of letters far fewer. */
const SEQUENCE = 10;

/** What hands type that go along the alphabet or the digits. */
const SEQUENCES: readonly string[] = [
  ...Array.from({ length: LETTERS.length - SEQUENCE + 1 }, (_, from) => LETTERS.slice(from, from + SEQUENCE)),
  "0123456789",
  "1234567890",
  "9876543210",
];

/**
 * Words that tell a placeholder in documentation from a token. Held against the secrets of built-in rules that have no
 * checksum; long enough that a random token meets one less than once in a million.
 */
const PLACEHOLDER_WORDS: readonly string[] = [
  "example",
  "placeholder",
  "changeme",
  "replaceme",
  "replace_me",
  "replace-me",
  "change_me",
  "change-me",
  "insert_",
  "xxxxxx",
  "000000000",
  "your-token",
  "your_token",
  "yourtoken",
  "your-api",
  "your_api",
  "yourapi",
  "your_key",
  "redacted",
  "dummy",
  ...SEQUENCES,
];

/** The allowlist that every built-in rule without a checksum carries. */
export const PLACEHOLDERS: Allowlist = {
  description: "a placeholder, not a token",
  condition: "or",
  paths: [],
  commits: [],
  target: "secret",
  regexes: [],
  stopWords: PLACEHOLDER_WORDS,
};

/** So few words are looked for one by one. */
const FEW_WORDS = 64;

const byLength = new WeakMap<readonly string[], ReadonlyMap<number, ReadonlySet<string>>>();

/** Long lists by the words' lengths: what they cost hangs on the secret then, not on how many words there are. */
function grouped(words: readonly string[]): ReadonlyMap<number, ReadonlySet<string>> {
  let groups = byLength.get(words);
  if (groups === undefined) {
    const fresh = new Map<number, Set<string>>();
    for (const word of words) {
      const group = fresh.get(word.length);
      if (group === undefined) fresh.set(word.length, new Set([word]));
      else group.add(word);
    }
    byLength.set(words, (groups = fresh));
  }
  return groups;
}

/** Longer secrets, as private keys are, are gone through once for all words, not for each. */
const LONG_SECRET = 512;

const patterns = new WeakMap<readonly string[], RegExp>();

/** All words as one pattern. */
function anyOf(words: readonly string[]): RegExp {
  let pattern = patterns.get(words);
  if (pattern === undefined) {
    const escaped = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
    patterns.set(words, (pattern = new RegExp(escaped.join("|"))));
  }
  return pattern;
}

/** `words` are lower case. */
export function holdsStopWord(secret: string, words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const folded = secret.toLowerCase();
  if (words.length <= FEW_WORDS)
    return folded.length < LONG_SECRET ? words.some((word) => folded.includes(word)) : anyOf(words).test(folded);
  for (const [length, group] of grouped(words)) {
    for (let at = 0; at + length <= folded.length; at++) if (group.has(folded.slice(at, at + length))) return true;
  }
  return false;
}
