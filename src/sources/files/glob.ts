// Wildcard patterns of git's (`gitignore(5)`) over `/`-separated paths.

/** A part of a pattern. `source`: the same as an expression. */
type Part =
  | { readonly kind: "one"; readonly source: string; readonly fits: (character: string) => boolean }
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

/** Undefined when nothing matches the pattern. */
function partsOf(glob: string): Part[] | undefined {
  const parts: Part[] = glob.includes("/") ? [] : [FOLDERS];
  const text = glob.replace(/^\//, "");
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    const startsName = at === 0 || text[at - 1] === "/";
    if (startsName && text.startsWith("**/", at)) {
      parts.push(FOLDERS);
      at += 2;
    } else if (startsName && text.length === at + 2 && text.endsWith("**")) {
      parts.push({ kind: "rest", source: ".*" });
      at += 1;
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
      parts.push({ kind: "one", source, fits: (one) => one === literal });
    }
  }
  return parts;
}

/** The pattern as an expression, for who writes it down; undefined when nothing matches it. */
export function toExpression(glob: string): RegExp | undefined {
  const parts = partsOf(glob);
  return parts && new RegExp(`^${parts.map(({ source }) => source).join("")}$`, "s");
}

export type GlobMatcher = (path: string) => boolean;

/**
 * Whether paths match the pattern; undefined when none does. All ways through the pattern are followed at once: as an
 * expression, `*a*a*a*a*b` would try each of them, and a stranger's `.gitignore` could hold up a scan for good.
 */
export function globMatcher(glob: string): GlobMatcher | undefined {
  const parts = partsOf(glob);
  if (parts === undefined) return undefined;
  // Two states a part: about to begin it, and inside of the folders that it takes.
  let now = new Uint8Array(2 * parts.length + 1);
  let next = new Uint8Array(2 * parts.length + 1);
  const enter = (states: Uint8Array, from: number) => {
    for (let at = from; ; at++) {
      states[2 * at] = 1;
      if (at === parts.length || parts[at]?.kind === "one") return;
    }
  };
  return (path) => {
    now.fill(0);
    enter(now, 0);
    for (const character of path.split("")) {
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
