import { PatrolError } from "../../model/errors.ts";
import {
  ALL_BYTES,
  addRange,
  complement,
  DIGITS,
  emptySet,
  foldCase,
  isEmpty,
  NOT_NEWLINE,
  POSIX_CLASSES,
  rangeSet,
  SPACE,
  union,
  WORD,
  type ByteSet,
} from "./byte-set.ts";
import { NOTHING, type Assertion, type Node } from "./node.ts";
import { utf8, utf8Rows } from "./utf8.ts";

/** RE2's own limit on a counted repeat. */
const MAX_REPEAT = 1000;
const MAX_DEPTH = 200;
/** Characters of a pattern. A list of words that is longer is better several rules. */
const MAX_LENGTH = 65_536;

/** In a class, added to a code point that stands for itself, not for a byte. */
const CHARACTERS = 0x1000000;

/** The nodes of single bytes, as they are and with both cases: patterns hold many, and all share them. Made when first met. */
const BYTES: Node[] = [];
const FOLDED: Node[] = [];

/** What stands for more than itself. */
const SYNTAX = "([.^$\\*+?{";
/** What may begin a repeat. */
const REPEATS = "*+?{";

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
  multiLine: boolean;
  ungreedy: boolean;
}

const CLASS_ESCAPES: Readonly<Record<string, ByteSet>> = {
  d: DIGITS,
  D: complement(DIGITS),
  w: WORD,
  W: complement(WORD),
  s: SPACE,
  S: complement(SPACE),
};
const CONTROL_ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
const ASSERTION_ESCAPES: Readonly<Record<string, Assertion>> = {
  b: "word-boundary",
  B: "not-word-boundary",
  A: "text-start",
  z: "text-end",
};

/**
 * Parses RE2 syntax to a pattern over bytes. Sets see the bytes of UTF-8, so `[^a]` and `.` match one byte of a longer
 * character; case folding is ASCII only. Throws `rule-invalid` with the place and the way out.
 */
export function parseRegex(pattern: string, ruleId?: string): Node {
  return new Parser(pattern, ruleId).parse();
}

class Parser {
  readonly #pattern: string;
  readonly #ruleId: string | undefined;
  #at = 0;
  #groups = 0;
  readonly #names = new Set<string>();
  #depth = 0;
  #flags: Flags = { ignoreCase: false, dotAll: false, multiLine: false, ungreedy: false };

  constructor(pattern: string, ruleId: string | undefined) {
    this.#pattern = pattern;
    this.#ruleId = ruleId;
  }

  parse(): Node {
    if (this.#pattern.length > MAX_LENGTH)
      this.#fail(`more than ${MAX_LENGTH} characters`, "make several rules of it", 0);
    const node = this.#choice();
    if (this.#at < this.#pattern.length) this.#fail("a ) without its (", "escape it as \\) or open the group");
    return node;
  }

  #fail(what: string, wayOut: string, at = this.#at): never {
    const rule = this.#ruleId === undefined ? "the pattern" : `rule ${this.#ruleId}: the pattern`;
    throw new PatrolError("rule-invalid", `${rule} has ${what} at position ${at}; ${wayOut}`);
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #takeMatch(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#pattern);
    if (found) this.#at += found[0].length;
    return found;
  }

  #choice(): Node {
    if (++this.#depth > MAX_DEPTH) this.#fail(`more than ${MAX_DEPTH} nested groups`, "flatten it");
    const nodes = [this.#sequence()];
    while (this.#take("|")) nodes.push(this.#sequence());
    this.#depth--;
    return nodes.length === 1 ? nodes[0]! : { kind: "choice", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern[this.#at]!)) {
      const atom = this.#atom();
      if (atom !== undefined) nodes.push(this.#repeated(atom));
    }
    return nodes.length === 1 ? nodes[0]! : { kind: "sequence", nodes };
  }

  #repeated(node: Node): Node {
    const start = this.#at;
    if (!REPEATS.includes(this.#pattern[start] ?? " ")) return node;
    const found = this.#takeMatch(/[*+?]|\{(\d+)(,(\d*))?\}/y);
    if (!found) return node;
    const lazy = this.#take("?") !== this.#flags.ungreedy;
    if (this.#repeatFollows()) {
      this.#fail("a repeat of a repeat", "put the inner one in a group, as in (?:a+){2}");
    }
    if (node.kind === "assertion") this.#fail("a repeat of a place that has no length", "remove it", start);
    const [min, max] = boundsOf(found);
    if (min > max) this.#fail(`a repeat whose least, ${min}, is above its most, ${max}`, "swap them", start);
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) {
      this.#fail(`a repeat above ${MAX_REPEAT}`, "lower it; RE2 has the same limit", start);
    }
    const repeat: Node = { kind: "repeat", node, min, max, lazy };
    if (!repeatsAtMost(repeat, MAX_REPEAT)) {
      this.#fail(`repeats within each other above ${MAX_REPEAT}`, "lower one; RE2 has the same limit", start);
    }
    return repeat;
  }

  #atom(): Node | undefined {
    const start = this.#at;
    if (!SYNTAX.includes(this.#pattern[start]!)) return this.#codePoint(this.#nextCodePoint());
    if (this.#take("(")) return this.#group(start);
    if (this.#take("[")) return this.#class(start);
    if (this.#take(".")) return { kind: "set", set: this.#flags.dotAll ? ALL_BYTES : NOT_NEWLINE };
    if (this.#take("^")) return { kind: "assertion", assertion: this.#flags.multiLine ? "line-start" : "text-start" };
    if (this.#take("$")) return { kind: "assertion", assertion: this.#flags.multiLine ? "line-end" : "text-end" };
    if (this.#take("\\")) return this.#escape(start);
    if (this.#repeatFollows()) this.#fail("a repeat of nothing", "escape it or put something before it");
    return this.#codePoint(this.#nextCodePoint());
  }

  #repeatFollows(): boolean {
    const next = this.#pattern[this.#at];
    if (next === undefined || !REPEATS.includes(next)) return false;
    if (next !== "{") return true;
    const counted = /\{\d+(?:,\d*)?\}/y;
    counted.lastIndex = this.#at;
    return counted.test(this.#pattern);
  }

  #group(start: number): Node | undefined {
    const outer = this.#flags;
    const named = this.#takeMatch(/\?P?<(\w+)>/y);
    if (!named && this.#take("?")) {
      const found = this.#takeMatch(/([imsU]*)(?:-([imsU]+))?([:)])/y);
      if (!found) this.#fail("an unknown group", "RE2 has (?:…), (?P<name>…) and the flags i, m, s, U", start);
      this.#flags = withFlags(withFlags(outer, found[1]!, true), found[2] ?? "", false);
      if (found[3] === ")") return undefined;
      const node = this.#choice();
      this.#close(start);
      this.#flags = outer;
      return node.kind === "sequence" && node.nodes.length === 0 ? NOTHING : node;
    }
    const index = ++this.#groups;
    if (named && this.#names.has(named[1]!)) {
      this.#fail(`two groups called ${named[1]}`, "rename one", start);
    }
    if (named) this.#names.add(named[1]!);
    this.#flags = { ...outer };
    const node = this.#choice();
    this.#close(start);
    this.#flags = outer;
    return named ? { kind: "group", node, index, name: named[1]! } : { kind: "group", node, index };
  }

  #close(start: number): void {
    if (!this.#take(")")) this.#fail("a ( without its )", "close the group or escape it as \\(", start);
  }

  #escape(start: number): Node {
    const letter = this.#pattern[this.#at] ?? this.#fail("a \\ at its end", "write \\\\ for a backslash", start);
    const assertion = ASSERTION_ESCAPES[letter];
    if (assertion !== undefined) {
      this.#at++;
      return { kind: "assertion", assertion };
    }
    if (this.#take("Q")) {
      const end = this.#pattern.indexOf("\\E", this.#at);
      const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#pattern.length : end + 2;
      const nodes = [...text].map((character) => this.#codePoint(character.codePointAt(0)!));
      const last = nodes.pop();
      // A repeat behind \\E is one of the last character.
      if (last !== undefined) return { kind: "sequence", nodes: [...nodes, this.#repeated(last)] };
      if (/[*+?{]/.test(this.#pattern[this.#at] ?? "")) this.#fail("a repeat of nothing", "remove it");
      return NOTHING;
    }
    const escaped = this.#escapedByte(start);
    if (typeof escaped !== "number") return { kind: "set", set: this.#fold(escaped) };
    return escaped < 256 ? this.#byte(escaped) : this.#codePoint(escaped);
  }

  /** After a backslash, inside or outside of a class: a set, or the number of one byte or code point. */
  #escapedByte(start: number): ByteSet | number {
    const letter = this.#pattern[this.#at++] ?? this.#fail("a \\ at its end", "write \\\\ for a backslash", start);
    const set = CLASS_ESCAPES[letter];
    if (set !== undefined) return set;
    const control = CONTROL_ESCAPES[letter];
    if (control !== undefined) return control;
    if (letter === "x") {
      const found = this.#takeMatch(/([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\}/y);
      if (!found) this.#fail("an unfinished \\x", "write two hex digits, or \\x{…}", start);
      const point = Number.parseInt(found[1] ?? found[2]!, 16);
      if (point > 0x10ffff) this.#fail("a character that there is not", "the last one is \\x{10FFFF}", start);
      return point;
    }
    if (letter === "0") return Number.parseInt(this.#takeMatch(/[0-7]{1,2}/y)?.[0] ?? "0", 8);
    if (/[A-Za-z1-9\u0080-\uffff]/.test(letter)) {
      this.#fail(`\\${letter}`, "it is not in the supported part of RE2's syntax; write the bytes as a class", start);
    }
    return letter.codePointAt(0)!;
  }

  #class(start: number): Node {
    const negated = this.#take("^");
    let set = emptySet();
    /** Characters of several bytes. */
    const longer: ByteSet[][] = [];
    for (let first = true; first || !this.#take("]"); first = false) {
      if (this.#at >= this.#pattern.length) this.#fail("a [ without its ]", "close the class or escape it", start);
      const posix = this.#takeMatch(/\[:(\^?)(\w+):\]/y);
      if (posix) {
        const named = POSIX_CLASSES[posix[2]!] ?? this.#fail(`an unknown class [:${posix[2]}:]`, "see RE2's list");
        set = union(set, posix[1] ? complement(named) : named);
        continue;
      }
      const low = this.#classMember();
      if (typeof low !== "number") {
        set = union(set, low);
        continue;
      }
      let high = low;
      if (this.#pattern[this.#at] === "-" && (this.#pattern[this.#at + 1] ?? "]") !== "]") {
        this.#at++;
        const end = this.#classMember();
        if (typeof end !== "number" || end < low) this.#fail("a range that goes down", "swap its ends");
        high = end;
      }
      if (high < CHARACTERS) addRange(set, low, high);
      else if (low >= CHARACTERS) longer.push(...utf8Rows(low - CHARACTERS, high - CHARACTERS));
      else if (low < 128) {
        addRange(set, low, 127);
        longer.push(...utf8Rows(128, high - CHARACTERS));
      } else this.#fail("a range from a byte to a character", "write both ends in the same way", start);
    }
    if (longer.length > 0 && negated) {
      this.#fail(
        "a negated class with a character of several bytes",
        "patterns see bytes; list what it may match",
        start,
      );
    }
    if (this.#flags.ignoreCase) set = foldCase(set);
    if (negated) set = complement(set);
    if (longer.length === 0) return { kind: "set", set };
    const rows = longer.map((row): Node => ({
      kind: "sequence",
      nodes: row.map((of): Node => ({ kind: "set", set: of })),
    }));
    return { kind: "choice", nodes: isEmpty(set) ? rows : [{ kind: "set", set }, ...rows] };
  }

  /** A set, a byte, or, from `CHARACTERS` on, a character beyond ASCII, which is several bytes. */
  #classMember(): ByteSet | number {
    const start = this.#at;
    if (!this.#take("\\")) {
      const point = this.#nextCodePoint();
      return point < 128 ? point : CHARACTERS + point;
    }
    const escaped = this.#escapedByte(start);
    return typeof escaped === "number" && escaped >= 256 ? CHARACTERS + escaped : escaped;
  }

  #nextCodePoint(): number {
    const point = this.#pattern.codePointAt(this.#at)!;
    this.#at += point > 0xffff ? 2 : 1;
    return point;
  }

  #codePoint(point: number): Node {
    if (point < 128) return this.#byte(point);
    const nodes = [...utf8(point)].map((byte) => this.#byte(byte));
    return { kind: "sequence", nodes };
  }

  #byte(byte: number): Node {
    const known = this.#flags.ignoreCase ? FOLDED : BYTES;
    return (known[byte] ??= { kind: "set", set: this.#fold(rangeSet([byte, byte])) });
  }

  #fold(set: ByteSet): ByteSet {
    return this.#flags.ignoreCase ? foldCase(set) : set;
  }
}

function boundsOf(found: RegExpExecArray): [min: number, max: number] {
  if (found[0] === "*") return [0, Infinity];
  if (found[0] === "+") return [1, Infinity];
  if (found[0] === "?") return [0, 1];
  const min = Number(found[1]);
  if (found[2] === undefined) return [min, min];
  return [min, found[3] === "" ? Infinity : Number(found[3])];
}

/** Whether no part is unrolled more than `most` times, counted as RE2 does: an open end counts as its least. */
function repeatsAtMost(node: Node, most: number): boolean {
  switch (node.kind) {
    case "set":
    case "assertion":
      return true;
    case "group":
      return repeatsAtMost(node.node, most);
    case "sequence":
    case "choice":
      return node.nodes.every((part) => repeatsAtMost(part, most));
    case "repeat": {
      const times = node.max === Infinity ? node.min : node.max;
      if (times > most) return false;
      return times < 2 ? repeatsAtMost(node.node, most) : repeatsAtMost(node.node, Math.floor(most / times));
    }
  }
}

function withFlags(flags: Flags, letters: string, on: boolean): Flags {
  const next = { ...flags };
  if (letters.includes("i")) next.ignoreCase = on;
  if (letters.includes("s")) next.dotAll = on;
  if (letters.includes("m")) next.multiLine = on;
  if (letters.includes("U")) next.ungreedy = on;
  return next;
}
