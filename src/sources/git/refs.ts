// Which refs a repository has and where they point.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { sha256 } from "../../disk/sha256.ts";
import { PatrolError } from "../../model/errors.ts";
import { askGit } from "./ask-git.ts";
import { isObjectId, type ObjectFormat } from "./object-id.ts";
import { looseRefs, pathOf, readBytes, readRefText, type RefTexts } from "./loose-refs.ts";
import type { Repository } from "./repository.ts";
import { pathText } from "./path-text.ts";
import type { Skipped } from "../source.ts";

export interface Ref {
  /** Full name, `HEAD` or `refs/…`: a stranger's text. */
  readonly name: string;
  /** Hex id of what it points to: mostly a commit or a tag. */
  readonly object: string;
  /** Whether it stands in the file of packed refs alone. */
  readonly isPacked?: boolean;
}

/** What a scan remembers of the file of packed refs, to know it again. */
export interface PackedRefs {
  /** SHA-256 of the file. */
  readonly digest: string;
  /** How many refs it gives. */
  readonly count: number;
  /** Bytes before each line of the file that a ref in a file of its own takes the place of, ascending. */
  readonly replaced: readonly number[];
}

export interface Refs {
  /** HEAD first. */
  readonly list: readonly Ref[];
  /** Undefined where that is not asked for, or git itself has to read the refs. */
  readonly packed?: PackedRefs;
  /** What is no ref that anybody can read. */
  readonly unread: readonly Skipped[];
  /** The list lacks those of the file of packed refs, which is as it was. */
  readonly isRest?: boolean;
}

/** Refs as git tells them: what a repository with reftables, or one that we do not understand, needs. */
function refsFromGit(repository: Repository): Ref[] {
  const git = (...args: string[]) => askGit(repository, args).toString();
  try {
    const refs = git("for-each-ref", "--format=%(objectname) %(refname)").split("\n").filter(Boolean);
    const head = spawnHead(git);
    return [
      ...head,
      ...refs.map((line) => ({ object: line.slice(0, line.indexOf(" ")), name: line.slice(line.indexOf(" ") + 1) })),
    ];
  } catch (error) {
    throw refsUnreadable(repository, error);
  }
}

/** Reads reftables from here on: its release notes of 2.45. */
const REFTABLE_GIT = "2.45";

/** That git could not tell refs which are left to it, why, and the way out. */
export function refsUnreadable({ gitDir, refsNeedGit }: Repository, cause: unknown): PatrolError {
  const version = refsNeedGit === "reftable" ? versionOfGit() : undefined;
  const why =
    version !== undefined && isOlder(version, REFTABLE_GIT)
      ? `: they are kept in a reftable, which git reads from ${REFTABLE_GIT} on, and PATH has ${version}; put a newer git first in PATH`
      : "; see what git show-ref says there";
  return new PatrolError("source-unreadable", `git cannot list the refs of ${gitDir}${why}`, { cause });
}

const isOlder = (version: string, than: string) => version.localeCompare(than, "en", { numeric: true }) < 0;

function versionOfGit(): string {
  try {
    return /\d[\w.]*/.exec(askGit({}, ["version"]).toString())?.[0] ?? "another program";
  } catch {
    return "none";
  }
}

function spawnHead(git: (...args: string[]) => string): Ref[] {
  try {
    return [{ name: "HEAD", object: git("rev-parse", "--verify", "--quiet", "HEAD").trim() }];
  } catch {
    return []; // no commit yet
  }
}

/** Each ref that a file of packed refs names, and what it says: tens of thousands, of which lines are not made strings first. */
function readPacked(packed: string, unread: Skipped[]): RefTexts {
  const texts: RefTexts = new Map();
  for (let at = 0, end = 0; at < packed.length; at = end + 1) {
    end = packed.indexOf("\n", at);
    if (end < 0) end = packed.length;
    const first = packed.charCodeAt(at);
    if (first === 0x23 /* # */ || first === 0x5e /* ^ */ || end === at) continue;
    const space = packed.indexOf(" ", at);
    if (space > at && space < end) texts.set(packed.slice(space + 1, end), packed.slice(at, space));
    else unread.push({ what: "a line of the file of packed refs", why: "it names no ref" });
  }
  return texts;
}

/** What heads say: of this work tree and all others. */
function readHeads({ gitDir, commonDir }: Repository): string[] {
  const heads: (string | Buffer)[] = [...new Set([gitDir, commonDir])].map((folder) => join(folder, "HEAD"));
  const worktrees = join(commonDir, "worktrees");
  if (existsSync(worktrees))
    for (const name of readdirSync(worktrees, "latin1")) heads.push(pathOf(worktrees, `${name}/HEAD`));
  return heads.map(readRefText);
}

const isSymbolic = (text: string) => text.startsWith("ref:");

/** What a text says that a ref has: an id, or the name of another ref. */
function resolveRef(
  text: string,
  textOf: (name: string) => string | undefined,
  format: ObjectFormat,
  hops = 0,
): string | undefined {
  if (isObjectId(text, format)) return text;
  if (!isSymbolic(text)) {
    // Git takes capitals, and passes over what stands behind a blank, as in FETCH_HEAD.
    const id = (/^\S*/.exec(text)?.[0] ?? "").toLowerCase();
    return isObjectId(id, format) ? id : undefined;
  }
  const target = textOf(text.slice(4).trim());
  return target === undefined || hops > 5 ? undefined : resolveRef(target, textOf, format, hops + 1);
}

/**
 * All refs, HEAD first; those of every work tree count. Symbolic refs are followed, dangling ones left out. Where the file of
 * packed refs is the one that is known, only those beside it.
 *
 * @param isRemembered whether `packed` is asked for.
 */
export function readRefsSince(repository: Repository, known: PackedRefs | undefined, isRemembered = true): Refs {
  if (repository.refsNeedGit) return { list: refsFromGit(repository), unread: [] };
  const unread: Skipped[] = [];
  const file = readBytes(join(repository.commonDir, "packed-refs"));
  const loose = looseRefs(repository.commonDir, "refs", unread);
  if (repository.gitDir !== repository.commonDir) {
    for (const [name, text] of looseRefs(repository.gitDir, "refs", unread)) loose.set(name, text);
  }
  const heads = readHeads(repository);
  const lines = isRemembered ? linesReplaced(file, loose) : undefined;
  const digest = lines && sha256(file).toString("hex");
  const listed = (names: readonly string[], textOf: (name: string) => string | undefined, isPacked?: IsPacked) =>
    listRefs(heads, names, (name) => textOf(name) ?? besideRefs(repository, name), repository.format, unread, isPacked);
  if (known !== undefined && digest === known.digest && lines?.join(" ") === known.replaced.join(" ")) {
    const textOf = (name: string) => loose.get(name) ?? textAt(file, lineOf(file, name));
    return { list: listed([...loose.keys()].sort(), textOf), unread, packed: known, isRest: true };
  }
  const texts = readPacked(file.toString("latin1"), unread);
  for (const [name, text] of loose) texts.set(name, text);
  // The stash is the top of a reflog; what lies below is reachable through the log alone.
  const names = [...texts.keys()];
  // As git packs them they are in order.
  if (names.some((name, i) => i > 0 && name < (names[i - 1] as string))) names.sort();
  const list = listed(
    names,
    (name) => texts.get(name),
    (name) => !loose.has(name),
  );
  if (lines === undefined || digest === undefined) return { list, unread };
  const count = list.filter(({ isPacked }) => isPacked).length;
  return { list, unread, packed: { digest, count, replaced: lines } };
}

type IsPacked = (name: string) => boolean;

/** What a symbolic ref may lead to besides: `FETCH_HEAD` and its like. */
const besideRefs = ({ gitDir }: Repository, name: string): string | undefined =>
  /^[A-Z_]+$/.test(name) ? readRefText(join(gitDir, name)) : undefined;

function listRefs(
  heads: readonly string[],
  names: readonly string[],
  textOf: (name: string) => string | undefined,
  format: ObjectFormat,
  unread: Skipped[],
  isPacked: IsPacked = () => false,
): Ref[] {
  const refs: Ref[] = [];
  const why = "it names no object";
  for (const text of heads) {
    const object = resolveRef(text, textOf, format);
    if (object !== undefined) refs.push({ name: "HEAD", object });
    else if (text !== "" && !isSymbolic(text)) unread.push({ what: "HEAD", why });
  }
  for (const bytes of names) {
    const text = textOf(bytes) ?? "";
    const object = resolveRef(text, textOf, format);
    const name = /[^\0-\x7f]/.test(bytes) ? pathText(bytes) : bytes;
    if (object !== undefined) refs.push(isPacked(bytes) ? { name, object, isPacked: true } : { name, object });
    // A name that begins with a dot is none of a ref: folders are given such files by what shows them.
    else if (!isSymbolic(text) && !bytes.includes("/.")) unread.push({ what: name, why });
  }
  return refs;
}

/** To look for each of more refs in the file takes longer than to read it. */
const MOST_LOOKED_FOR = 256;

/** Where lines of a file of packed refs begin that others replace; undefined: there are too many, or it ends in the midst of one. */
function linesReplaced(file: Buffer, loose: ReadonlyMap<string, string>): readonly number[] | undefined {
  if (loose.size > MOST_LOOKED_FOR || (file.length > 0 && file.at(-1) !== 0x0a)) return undefined;
  const lines: number[] = [];
  for (const name of loose.keys()) {
    const line = lineOf(file, name);
    if (line >= 0) lines.push(line);
  }
  return lines.sort((a, b) => a - b);
}

/** Where the line of a ref begins in a file of packed refs, of several the last one, as `readPacked` has it; -1: there is none. */
function lineOf(file: Buffer, name: string): number {
  const rest = ` ${name}\n`;
  for (let from = file.length; ;) {
    const at = file.lastIndexOf(rest, from, "latin1");
    if (at < 0) return -1;
    const line = file.lastIndexOf("\n", at) + 1;
    const first = file[line];
    // Names hold no blanks, but what is no ref may: the first blank of a line parts an id from a name.
    if (at > line && first !== 0x23 /* # */ && first !== 0x5e /* ^ */ && file.indexOf(" ", line) === at) return line;
    if (at === 0) return -1;
    from = at - 1;
  }
}

const textAt = (file: Buffer, line: number): string | undefined =>
  line < 0 ? undefined : file.toString("latin1", line, file.indexOf(" ", line));
