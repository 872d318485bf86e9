import type { Tape } from "../tape.ts";

const CLASSES = [
  "[a-c]",
  "[^a]",
  "[0-9a-f]",
  "\\w",
  "\\d",
  "\\s",
  ".",
  "[[:alpha:]_]",
  "\\W",
  "[^\\n;]",
  "\\S",
  "(?s:.)",
  "[a\\]-]",
];
const LETTERS = ["a", "b", "c", "ab", "key", "=", "_", "-", ";", "1", "0", "\\.", "\\x41", " ", "A", "\\n", "\\Qa+\\E"];
const PLACES = ["\\b", "\\B", "^", "$", "\\A", "\\z", "(?m:^)", "(?m:$)"];
const TIMES = [
  "*",
  "+",
  "?",
  "*?",
  "+?",
  "??",
  "{2}",
  "{2}?",
  "{0,3}",
  "{1,2}?",
  "{2,}",
  "{0}",
  "{3,5}",
  "{0,2}?",
  "{1,}?",
];
const GROUPS = ["(", "(?:", "(?i:", "(?P<name>", "(?<n2>", "(?U:", "(?m:", "(?i)", "(?-i:", "(?s-i:"];

/** A pattern in RE2 syntax, mostly one that can be read. */
export function patternFrom(tape: Tape, depth = 0): string {
  let text = "";
  for (let parts = 1 + tape.below(4); parts > 0; parts--) {
    const kind = tape.below(depth > 3 ? 6 : 9);
    if (kind < 2) text += tape.pick(LETTERS);
    else if (kind < 4) text += tape.pick(CLASSES);
    else if (kind === 4) {
      text += tape.pick(PLACES);
      continue;
    } else if (kind === 5) {
      text += "|";
      continue;
    } else {
      const group = tape.pick(GROUPS);
      text += group + patternFrom(tape, depth + 1) + (group === "(?i)" ? "" : ")");
    }
    if (tape.below(3) === 0) text += tape.pick(TIMES);
  }
  return text;
}

const PIECES = [
  "a",
  "b",
  "c",
  "A",
  "B",
  "key",
  "KEY",
  "=",
  "_",
  "-",
  ";",
  " ",
  "\n",
  "1",
  "0",
  "9",
  ".",
  "\0",
  "\u00e9",
  "\xff",
  "ab",
  "abab",
  "aa",
];

/** Text of what such patterns speak of. */
export function textFrom(tape: Tape, pieces: number): string {
  return Array.from({ length: pieces }, () => tape.pick(PIECES)).join("");
}
