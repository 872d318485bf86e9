// A configuration file as git reads it (git-config(1), "Syntax"), for the few keys that decide how a repository is read. Git asks
// for those before anything else, and follows no include for them; neither is one followed here.

/** Where the reader is in the text. */
interface Cursor {
  at: number;
}

const BLANK = /[ \t\v\f\r]/;
const KEY = /[A-Za-z0-9-]/;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", t: "\t", b: "\b", '"': '"', "\\": "\\" };

/**
 * The values of a key, in their order; an empty one for a key without `=`.
 *
 * @param section in lower case, as `key`: git tells neither from capitals. Behind a dot its subsection, if it has one, as it is.
 */
export function configValues(text: string, section: string, key: string): string[] {
  const values: string[] = [];
  if (!text.toLowerCase().includes(section.replace(/\..*/s, ""))) return values;
  const source = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");
  const cursor = { at: 0 };
  let current: string | undefined;
  while (cursor.at < source.length) {
    const sign = source[cursor.at] as string;
    if (sign === "\n" || BLANK.test(sign)) cursor.at++;
    else if (sign === "[") current = sectionAt(source, cursor);
    else if (!/[A-Za-z]/.test(sign)) toLineEnd(source, cursor);
    else {
      const name = nameAt(source, cursor).toLowerCase();
      const value = valueAt(source, cursor);
      if (value !== undefined && current === section && name === key) values.push(value);
    }
  }
  return values;
}

function toLineEnd(source: string, cursor: Cursor): void {
  const end = source.indexOf("\n", cursor.at);
  cursor.at = end < 0 ? source.length : end;
}

/** The name of a section behind `[`, and behind a dot its subsection. Undefined: git would not read on. */
function sectionAt(source: string, cursor: Cursor): string | undefined {
  const header = /\[([A-Za-z0-9.-]*)(?:[ \t]+"((?:[^"\\\n]|\\[^\n])*)")?\]/y;
  header.lastIndex = cursor.at;
  const found = header.exec(source);
  if (found === null) {
    toLineEnd(source, cursor);
    return undefined;
  }
  cursor.at = header.lastIndex;
  const [, name = "", subsection] = found;
  if (subsection === undefined) return name.toLowerCase();
  return `${name.toLowerCase()}.${subsection.replace(/\\(.)/gs, "$1")}`;
}

function nameAt(source: string, cursor: Cursor): string {
  const from = cursor.at;
  while (KEY.test(source[cursor.at] ?? "")) cursor.at++;
  return source.slice(from, cursor.at);
}

/** Undefined: git would not read on. Quotes may begin and end anywhere, and a backslash before the line's end joins it to the next. */
function valueAt(source: string, cursor: Cursor): string | undefined {
  while (/[ \t]/.test(source[cursor.at] ?? "")) cursor.at++;
  const sign = source[cursor.at] ?? "\n";
  if (sign === "\n") return "";
  if (sign !== "=") {
    toLineEnd(source, cursor);
    return undefined;
  }
  let value = "";
  /** How much of it stands before blanks that may be the last. */
  let kept = 0;
  let isQuoted = false;
  for (cursor.at++; ; cursor.at++) {
    let next = source[cursor.at] ?? "\n";
    if (next === "\n") return isQuoted ? undefined : value.slice(0, kept);
    if (!isQuoted && BLANK.test(next)) {
      if (value !== "") value += next;
      continue;
    }
    if (!isQuoted && (next === "#" || next === ";")) {
      toLineEnd(source, cursor);
      return value.slice(0, kept);
    }
    kept = value.length;
    if (next === '"') {
      isQuoted = !isQuoted;
      continue;
    }
    if (next === "\\") {
      next = source[++cursor.at] ?? "\n";
      if (next === "\n") continue;
      const meant = ESCAPED[next];
      if (meant === undefined) {
        toLineEnd(source, cursor);
        return undefined;
      }
      next = meant;
    }
    value += next;
    kept = value.length;
  }
}
