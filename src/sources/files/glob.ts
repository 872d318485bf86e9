// Wildcard patterns of git's (`gitignore(5)`) over `/`-separated paths.

/** A part of a pattern. `source`: the same as an expression. */
type Part =
  | {
      readonly kind: "one";
      readonly source: string;
      readonly fits: (character: string) => boolean;
      /** The only character that fits. */
      readonly literal?: string;
    }
  /** Any characters but `/`. */
  | { readonly kind: "star"; readonly source: string }
  /** Any characters. */
  | { readonly kind: "rest"; readonly source: string }
  /** Nothing, or anything that ends in `/`. */
  | { readonly kind: "folders"; readonly source: string };

const FOLDERS: Part = { kind: "folders", source: "(?:.*/)?" };

const CLASSES: Record<string, string> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  blank: " \\t",
  digit: "0-9",
  lower: "a-z",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

/** `[a-z]` and the like, which begins `rest`. */
function setPart(rest: string): { part: Part; length: number } | undefined {
  const set = /^\[([!^]?)(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/.exec(rest);
  if (!set) return undefined;
  const inside = set[2]?.replace(/\[:(\w+):\]|\\?([\]^[])/g, (_, name?: string, mark?: string) =>
    name ? (CLASSES[name] ?? "") : `\\${mark}`,
  );
  const source = `(?!/)[${set[1] ? "^" : ""}${inside}]`;
  try {
    const one = new RegExp(`^${source}$`, "s");
    return { part: { kind: "one", source, fits: (character) => one.test(character) }, length: set[0].length };
  } catch {
    return undefined;
  }
}

/**
 * Undefined when nothing matches the pattern.
 *
 * @param asGit of a pattern with a slash git compares what stands before the first wildcard by itself, and takes the rest for a pattern of
 * its own. So in `f**\/a`, too, two stars go over slashes, whatever its manual says.
 */
function partsOf(glob: string, asGit: boolean): Part[] | undefined {
  const parts: Part[] = glob.includes("/") ? [] : [FOLDERS];
  const text = glob.replace(/^\//, "");
  const firstWildcard = asGit && glob.includes("/") ? text.search(/[*?[\\]/) : 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    const startsName = at === 0 || at === firstWildcard || text[at - 1] === "/";
    // git takes three and more for two.
    const stars = startsName ? (/^\*{2,}(?=\/|$)/.exec(text.slice(at))?.[0].length ?? 0) : 0;
    if (stars > 0 && at + stars < text.length) {
      parts.push(FOLDERS);
      at += stars;
    } else if (stars > 0) {
      parts.push({ kind: "rest", source: ".*" });
      at += stars - 1;
    } else if (character === "*") {
      parts.push({ kind: "star", source: "[^/]*" });
      while (text[at + 1] === "*") at++;
    } else if (character === "?") {
      parts.push({ kind: "one", source: "[^/]", fits: (one) => one !== "/" });
    } else if (character === "[") {
      const set = setPart(text.slice(at));
      if (!set) return undefined;
      parts.push(set.part);
      at += set.length - 1;
    } else {
      if (character === "\\") at++;
      const literal = character === "\\" ? text[at] : character;
      if (literal === undefined) return undefined;
      const source = literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
      parts.push({ kind: "one", source, fits: (one) => one === literal, literal });
    }
  }
  return parts;
}

/** The pattern as an expression, for who writes it down; undefined when nothing matches it. */
export function toExpression(glob: string): RegExp | undefined {
  const parts = partsOf(glob, false);
  return parts && new RegExp(`^${parts.map(({ source }) => source).join("")}$`, "s");
}

/** A pattern, read. */
export interface Glob {
  /** A pattern without a slash is asked of the last name of a path, any other of the path. */
  readonly ofName: boolean;
  /** All that it matches, when it has no wildcard. */
  readonly literal: string | undefined;
  readonly matches: (text: string) => boolean;
}

/** Undefined when nothing matches the pattern. Nearly all patterns are told by how a name begins and ends. */
export function readGlob(glob: string): Glob | undefined {
  const parts = partsOf(glob, true);
  if (parts === undefined) return undefined;
  const ofName = !glob.includes("/");
  if (ofName) parts.shift();
  const prefix = literalsOf(parts);
  if (prefix.length === parts.length) return { ofName, literal: prefix, matches: (text) => text === prefix };
  const suffix = literalsOf(parts.toReversed()).split("").reverse().join("");
  const between = parts.slice(prefix.length, parts.length - suffix.length);
  const fits = between.length === 1 && between[0]?.kind === "star" ? isOneName : follower(between);
  const matches = (text: string) =>
    text.length >= prefix.length + suffix.length &&
    text.startsWith(prefix) &&
    text.endsWith(suffix) &&
    fits(text.slice(prefix.length, text.length - suffix.length));
  return { ofName, literal: undefined, matches };
}

/** The characters that stand before the first wildcard. */
function literalsOf(parts: readonly Part[]): string {
  let literals = "";
  for (const part of parts) {
    if (part.kind !== "one" || part.literal === undefined) break;
    literals += part.literal;
  }
  return literals;
}

const isOneName = (text: string) => !text.includes("/");

/**
 * Whether a text goes through all parts. All ways through them are followed at once: as an expression, `*a*a*a*a*b` would try each of
 * them, and a stranger's `.gitignore` could hold up a scan for good.
 */
function follower(parts: readonly Part[]): (text: string) => boolean {
  // Two states a part: about to begin it, and inside of the folders that it takes.
  let now = new Uint8Array(2 * parts.length + 1);
  let next = new Uint8Array(2 * parts.length + 1);
  const enter = (states: Uint8Array, from: number) => {
    for (let at = from; ; at++) {
      states[2 * at] = 1;
      if (at === parts.length || parts[at]?.kind === "one") return;
    }
  };
  return (text) => {
    now.fill(0);
    enter(now, 0);
    for (const character of text.split("")) {
      next.fill(0);
      for (const [at, part] of parts.entries()) {
        const isInside = now[2 * at + 1] === 1;
        if (now[2 * at] !== 1 && !isInside) continue;
        if (part.kind === "one") {
          if (part.fits(character)) enter(next, at + 1);
        } else if (part.kind === "folders") {
          next[2 * at + 1] = 1;
          if (character === "/") enter(next, at + 1);
        } else if (part.kind === "rest" || character !== "/") enter(next, at);
      }
      [now, next] = [next, now];
    }
    return now[2 * parts.length] === 1;
  };
}
