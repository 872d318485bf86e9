import type { Allowlist } from "../model/rule.ts";

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

/** `words` are lower case. */
export function holdsStopWord(secret: string, words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const folded = secret.toLowerCase();
  return words.some((word) => folded.includes(word));
}
