import { PatrolError } from "../../model/errors.ts";

/** A piece of a template: plain text, or the inside of `{{ }}`. */
export type Piece = { readonly text: string } | { readonly action: readonly Lexeme[]; readonly line: number };

export interface Lexeme {
  readonly kind: "word" | "field" | "variable" | "string" | "number" | "mark";
  readonly text: string;
  /** No white space stands before it: `.A.B` is one field of another, `.A .B` are two values. */
  readonly isGlued: boolean;
}

const LEXEME =
  /(?<space>\s*)(?:(?<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?<number>[+-]?\d+(?:\.\d+)?)|(?<variable>\$\w*)|(?<field>\.[A-Za-z_]\w*)|(?<word>[A-Za-z_]\w*)|(?<mark>:=|[|(),=.]))/y;

export const complain = (line: number, what: string): never => {
  throw new PatrolError("usage-invalid", `report template${line > 0 ? `, line ${line}` : ""}: ${what}`);
};

function lexemes(source: string, line: number): Lexeme[] {
  const found: Lexeme[] = [];
  LEXEME.lastIndex = 0;
  let at = 0;
  while (source.slice(at).trim() !== "") {
    LEXEME.lastIndex = at;
    const match = LEXEME.exec(source);
    const [kind, text] =
      Object.entries(match?.groups ?? {}).find(([name, value]) => name !== "space" && value !== undefined) ?? [];
    if (!kind || text === undefined) return complain(line, `cannot read ${JSON.stringify(source.slice(at, at + 20))}`);
    found.push({ kind: kind as Lexeme["kind"], text, isGlued: match?.groups?.["space"] === "" });
    at = LEXEME.lastIndex;
  }
  return found;
}

/** Cuts a template of Go's text/template into pieces; `{{-` and `-}}` take the white space beside them away. */
export function lex(template: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let line = 1;
  let trim = false;
  const plain = (text: string) => {
    const kept = trim ? text.trimStart() : text;
    line += text.split("\n").length - 1;
    return kept;
  };
  for (;;) {
    const start = template.indexOf("{{", at);
    if (start < 0) {
      pieces.push({ text: plain(template.slice(at)) });
      return pieces;
    }
    let text = plain(template.slice(at, start));
    const comment = /^\{\{(?:-\s+)?\/\*[^]*?\*\/(?:\s+-)?\}\}/.exec(template.slice(start));
    const end = comment ? start + comment[0].length - 2 : closing(template, start + 2);
    if (end < 0) return complain(line, "{{ is never closed");
    let inside = template.slice(start + 2, end);
    if (/^-\s/.test(inside)) {
      text = text.trimEnd();
      inside = inside.slice(1);
    }
    trim = /\s-$/.test(inside);
    if (trim) inside = inside.slice(0, -1);
    if (text !== "") pieces.push({ text });
    if (!comment) pieces.push({ action: lexemes(inside, line), line });
    line += inside.split("\n").length - 1;
    at = end + 2;
  }
}

/** Where the action that begins at `from` ends; `}}` inside of a quoted text does not count. */
function closing(template: string, from: number): number {
  const pattern = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|\}\}/g;
  pattern.lastIndex = from;
  for (let match = pattern.exec(template); match; match = pattern.exec(template))
    if (match[0] === "}}") return match.index;
  return -1;
}
