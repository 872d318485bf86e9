// What commits and tags say: gitformat of `git cat-file -p`, RFC-822-like headers, an empty line, the message.
import { TextDecoder } from "node:util";
import { latin1Of } from "./byte-text.ts";
import { typeOf, type ObjectType } from "../object-id.ts";

/** What walking history needs of a commit. */
export interface CommitLinks {
  readonly tree: string;
  readonly parents: readonly string[];
  /** The committer's time, seconds since 1970. */
  readonly time: number;
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly date: Date;
}

export interface Commit extends CommitLinks {
  readonly author: Signature;
  /** First line of the message. */
  readonly subject: string;
}

/** Undefined: it is no commit. `end`: the line behind the last parent's. */
export function readLinks(bytes: Buffer, idDigits: number): (Omit<CommitLinks, "time"> & { end: number }) | undefined {
  if (bytes.length < idDigits + 6 || latin1Of(bytes, 0, 5) !== "tree ") return undefined;
  const tree = latin1Of(bytes, 5, 5 + idDigits);
  const parents: string[] = [];
  let at = 6 + idDigits;
  while (bytes[at] === 0x70 /* p */ && at + 7 + idDigits < bytes.length) {
    parents.push(latin1Of(bytes, at + 7, at + 7 + idDigits));
    at += 8 + idDigits;
  }
  return { tree, parents, end: at };
}

/** The committer's time, seconds since 1970; 0: it is not told. `at`: where its line begins, or before. */
export function committedAt(bytes: Buffer, at: number): number {
  const committer = bytes.indexOf("\ncommitter ", at, "latin1");
  const end = committer < 0 ? -1 : bytes.indexOf(10, committer + 1);
  const line = end < 0 ? "" : bytes.toString("latin1", Math.max(committer, end - 40), end);
  return Number(/> (\d+) [+-]\d+$/.exec(line)?.[1] ?? 0);
}

/**
 * `Name <address> seconds zone`, or undefined where there is no address. By hand: an expression for it would look for the end
 * again from each `<` of a hostile line.
 */
export function readPerson(line: string): { name: string; email: string; seconds: number | undefined } | undefined {
  const open = line.indexOf("<");
  const close = line.indexOf(">", open);
  if (open < 0 || close < 0) return undefined;
  const seconds = /^ ?(-?\d{1,20})/.exec(line.slice(close + 1, close + 24))?.[1];
  return {
    name: line.slice(0, line[open - 1] === " " ? open - 1 : open),
    email: line.slice(open + 1, close),
    seconds: seconds === undefined ? undefined : Number(seconds),
  };
}

function readSignature(line: string): Signature {
  const { name = "", email = "", seconds = 0 } = readPerson(line) ?? {};
  const date = new Date(seconds * 1000);
  return { name, email, date: Number.isNaN(date.getTime()) ? new Date(0) : date };
}

/** Fields of a header that only point elsewhere, and signatures over what is read anyway. */
export const NO_TEXT: ReadonlySet<string> = new Set(["tree", "parent", "object", "type", "gpgsig", "gpgsig-sha256"]);

/** Where the message of a commit or tag begins: behind the first empty line. */
export function messageStart(bytes: Buffer): number {
  const at = bytes.indexOf("\n\n", 0, "latin1");
  return at < 0 ? bytes.length : at + 2;
}

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The fields of a header, line by line: one that begins with a blank carries on the field before it. */
function fieldsIn(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  const header = bytes.subarray(0, messageStart(bytes));
  for (let at = 0; at < header.length;) {
    const newline = header.indexOf(10, at);
    const to = newline < 0 ? header.length : newline;
    const last = header[at] === 0x20 ? fields.pop() : undefined;
    if (last !== undefined) fields.push({ ...last, to });
    else if (to > at)
      fields.push({ name: latin1Of(header, at, Math.min(to, at + 14)).split(" ", 1)[0] ?? "", from: at, to });
    at = to + 1;
  }
  return fields;
}

/** The header of a commit or tag with blanks in the place of `NO_TEXT`, so that all else stands where it stood. */
export function headerText(bytes: Buffer): Buffer {
  const text = Buffer.from(bytes.subarray(0, messageStart(bytes)));
  for (const { name, from, to } of fieldsIn(bytes)) {
    // Its lines stay lines.
    if (NO_TEXT.has(name)) for (let at = from; at < to; at++) if (text[at] !== 10) text[at] = 0x20;
  }
  return text;
}

const PEOPLE = new Set(["author", "committer", "tagger"]);
const ADDRESS_END = 0x3e;

/**
 * Where the texts in the header of a commit or tag stand that people chose: who wrote it, each a name and an address without the time
 * behind it, so that the same person is the same bytes, and fields that git does not need. An address ends no text, since the blank
 * behind it is one of it: else each commit would have to be looked at where a rule asks for a text's end.
 */
export const textsIn = (bytes: Buffer): { readonly from: number; readonly to: number }[] =>
  fieldsIn(bytes)
    .filter(({ name }) => !NO_TEXT.has(name))
    .map(({ name, from, to }) => {
      const end = PEOPLE.has(name) ? bytes.subarray(from, to).lastIndexOf(ADDRESS_END) : -1;
      return end < 0 ? { from, to } : { from: from + name.length + 1, to: Math.min(from + end + 2, bytes.length) };
    });

/** Headers and message of a commit or tag as text: in the encoding that it names, else in UTF-8. */
export function readTexts(bytes: Buffer): { readonly header: string; readonly message: string } {
  const found = bytes.indexOf("\n\n", 0, "latin1");
  const end = found < 0 ? bytes.length : found;
  const encoding = /\nencoding ([\w.:-]+)(?:\n|$)/.exec(bytes.toString("latin1", 0, end))?.[1];
  const decoder = decoderFor(encoding ?? "utf-8");
  return { header: decoder.decode(bytes.subarray(0, end)), message: decoder.decode(bytes.subarray(end + 2)) };
}

function decoderFor(encoding: string): TextDecoder {
  try {
    return new TextDecoder(encoding, { ignoreBOM: true });
  } catch {
    return new TextDecoder("utf-8", { ignoreBOM: true }); // a name that nobody knows
  }
}

export function readCommit(bytes: Buffer, idDigits: number): Commit | undefined {
  const links = readLinks(bytes, idDigits);
  if (links === undefined) return undefined;
  const { header, message } = readTexts(bytes);
  const author = readSignature(/^author (.*)$/m.exec(header)?.[1] ?? "");
  const { tree, parents, end } = links;
  return { tree, parents, time: committedAt(bytes, end - 1), author, subject: message.split("\n", 1)[0] ?? "" };
}

export interface Tag {
  readonly target: string;
  readonly targetType: ObjectType;
  readonly tagger?: Signature;
}

export function readTag(bytes: Buffer): Tag | undefined {
  const end = bytes.indexOf("\n\n", 0, "latin1");
  const header = bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
  const [, target = "", type = ""] = /^object ([0-9a-f]+)\ntype (\w+)$/m.exec(header) ?? [];
  const targetType = typeOf(type);
  if (targetType === undefined) return undefined;
  const tagger = /^tagger (.*)$/m.exec(header)?.[1];
  return { target, targetType, ...(tagger === undefined ? {} : { tagger: readSignature(tagger) }) };
}
