// Lists of further object folders, in `objects/info/alternates` and in git's environment: gitrepository-layout(5), git(1).
const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };

/** A path in quotes, with escapes as in C. */
const QUOTED = /"((?:[^"\\]|\\(?:[abtnvfr"\\]|[0-3][0-7]{2}))*)"/y;

function unquoted(text: string): string {
  const parts = text.split(/\\([abtnvfr"\\]|[0-7]{3})/);
  return Buffer.concat(
    parts.map((part, number) =>
      number % 2 === 0 ? Buffer.from(part) : Buffer.of(ESCAPES[part] ?? Number.parseInt(part, 8)),
    ),
  ).toString();
}

/** The folders of a list, as git reads it: quotes that do not end stand for themselves. */
export function alternatesIn(list: string, separator: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < list.length; at++) {
    const next = list.indexOf(separator, at);
    let end = next < 0 ? list.length : next;
    QUOTED.lastIndex = at;
    const quoted = QUOTED.exec(list);
    if (quoted !== null) end = QUOTED.lastIndex;
    const folder = quoted === null ? list.slice(at, end) : unquoted(quoted[1] ?? "");
    if (folder !== "" && list[at] !== "#") found.push(folder);
    at = end;
  }
  return found;
}

/** For git to read again. */
export const listOfAlternates = (folders: readonly string[], separator: string): string =>
  folders
    .map((folder) =>
      folder.includes(separator) || /^["#]/.test(folder) ? `"${folder.replace(/["\\]/g, "\\$&")}"` : folder,
    )
    .join(separator);
