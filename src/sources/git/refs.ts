// Which refs a repository has and where they point.
import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PatrolError } from "../../model/errors.ts";
import { askGit } from "./ask-git.ts";
import { isObjectId, type ObjectFormat } from "./objects/object-id.ts";
import { readRegular, refuseEndless } from "../../disk/regular-file.ts";
import type { Repository } from "./repository.ts";

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
  /** The list lacks those of the file of packed refs, which is as it was. */
  readonly isRest?: boolean;
}

/** A file; empty where there is none. A pipe, which nobody may ever write to, is none. */
function readBytes(path: string): Buffer {
  try {
    return readRegular(path);
  } catch {
    return Buffer.alloc(0);
  }
}

const read = (path: string): string => readBytes(path).toString("utf8");

function looseRefs(root: string, prefix: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (name: string) => {
    for (const entry of readdirSync(join(root, name), { withFileTypes: true })) {
      const child = `${name}/${entry.name}`;
      if (entry.isDirectory()) visit(child);
      else if (entry.name.endsWith(".lock")) continue;
      else {
        if (!entry.isFile()) refuseEndless(join(root, child));
        found.set(child, read(join(root, child)).trim());
      }
    }
  };
  if (existsSync(join(root, prefix))) visit(prefix);
  return found;
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
function readPacked(packed: string): Map<string, string> {
  const texts = new Map<string, string>();
  for (let at = 0, end = 0; at < packed.length; at = end + 1) {
    end = packed.indexOf("\n", at);
    if (end < 0) end = packed.length;
    const first = packed.charCodeAt(at);
    if (first === 0x23 /* # */ || first === 0x5e /* ^ */) continue;
    const space = packed.indexOf(" ", at);
    if (space > at && space < end) texts.set(packed.slice(space + 1, end), packed.slice(at, space));
  }
  return texts;
}

/** Heads of this work tree and all others. */
function readHeads({ gitDir, commonDir }: Repository): string[] {
  const folders = gitDir === commonDir ? [gitDir] : [gitDir, commonDir];
  const worktrees = join(commonDir, "worktrees");
  if (existsSync(worktrees)) for (const name of readdirSync(worktrees)) folders.push(join(worktrees, name));
  return folders.map((folder) => read(join(folder, "HEAD")).trim());
}

/** What a text says that a ref has: an id, or the name of another ref. */
function resolveRef(
  text: string,
  textOf: (name: string) => string | undefined,
  format: ObjectFormat,
  hops = 0,
): string | undefined {
  if (!text.startsWith("ref: ")) return isObjectId(text, format) ? text : undefined;
  const target = textOf(text.slice(5).trim());
  return target === undefined || hops > 5 ? undefined : resolveRef(target, textOf, format, hops + 1);
}

/**
 * All refs, HEAD first; those of every work tree count. Symbolic refs are followed, dangling ones left out. Where the file of
 * packed refs is the one that is known, only those beside it.
 *
 * @param isRemembered whether `packed` is asked for.
 */
export function readRefsSince(repository: Repository, known: PackedRefs | undefined, isRemembered = true): Refs {
  if (repository.refsNeedGit) return { list: refsFromGit(repository) };
  const file = readBytes(join(repository.commonDir, "packed-refs"));
  const loose = looseRefs(repository.commonDir, "refs");
  if (repository.gitDir !== repository.commonDir) {
    for (const [name, text] of looseRefs(repository.gitDir, "refs")) loose.set(name, text);
  }
  const { format } = repository;
  const heads = readHeads(repository);
  const lines = isRemembered ? linesReplaced(file, loose) : undefined;
  const digest = lines && createHash("sha256").update(file).digest("hex");
  if (known !== undefined && digest === known.digest && lines?.join(" ") === known.replaced.join(" ")) {
    const textOf = (name: string) => loose.get(name) ?? textAt(file, lineOf(file, name));
    return { list: listRefs(heads, [...loose.keys()].sort(), textOf, format), packed: known, isRest: true };
  }
  const texts = readPacked(file.toString("utf8"));
  for (const [name, text] of loose) texts.set(name, text);
  // The stash is the top of a reflog; what lies below is reachable through the log alone.
  const names = [...texts.keys()];
  // As git packs them they are in order.
  if (names.some((name, i) => i > 0 && name < (names[i - 1] as string))) names.sort();
  const list = listRefs(
    heads,
    names,
    (name) => texts.get(name),
    format,
    (name) => !loose.has(name),
  );
  if (lines === undefined || digest === undefined) return { list };
  return { list, packed: { digest, count: list.filter(({ isPacked }) => isPacked).length, replaced: lines } };
}

function listRefs(
  heads: readonly string[],
  names: readonly string[],
  textOf: (name: string) => string | undefined,
  format: ObjectFormat,
  isPacked: (name: string) => boolean = () => false,
): Ref[] {
  const refs: Ref[] = [];
  for (const text of heads) {
    const object = resolveRef(text, textOf, format);
    if (object !== undefined) refs.push({ name: "HEAD", object });
  }
  for (const name of names) {
    const object = resolveRef(textOf(name) ?? "", textOf, format);
    if (object !== undefined) refs.push(isPacked(name) ? { name, object, isPacked: true } : { name, object });
  }
  return refs;
}

/** To look for each of more refs in the file takes longer than to read it. */
const MOST_LOOKED_FOR = 256;

/** Where lines of a file of packed refs begin that others replace; undefined: there are too many, or names that cannot be told. */
function linesReplaced(file: Buffer, loose: ReadonlyMap<string, string>): readonly number[] | undefined {
  if (loose.size > MOST_LOOKED_FOR || (file.length > 0 && file.at(-1) !== 0x0a)) return undefined;
  const lines: number[] = [];
  for (const name of loose.keys()) {
    // A name that is no UTF-8.
    if (name.includes("\ufffd")) return undefined;
    const line = lineOf(file, name);
    if (line >= 0) lines.push(line);
  }
  return lines.sort((a, b) => a - b);
}

/** Where the line of a ref begins in a file of packed refs; -1: there is none. */
function lineOf(file: Buffer, name: string): number {
  // Names hold no blanks, so that this is the end of a line.
  const at = file.indexOf(` ${name}\n`);
  return at < 0 ? -1 : file.lastIndexOf("\n", at) + 1;
}

const textAt = (file: Buffer, line: number): string | undefined =>
  line < 0 ? undefined : file.toString("latin1", line, file.indexOf(" ", line));
