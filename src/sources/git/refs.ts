// Which refs a repository has and where they point.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PatrolError } from "../../model/errors.ts";
import { askGit } from "./ask-git.ts";
import { isObjectId } from "./objects/object-id.ts";
import { readRegular, refuseEndless } from "../../disk/regular-file.ts";
import type { Repository } from "./repository.ts";

export interface Ref {
  /** Full name, `HEAD` or `refs/…`: a stranger's text. */
  readonly name: string;
  /** Hex id of what it points to: mostly a commit or a tag. */
  readonly object: string;
}

/** The text of a file; empty where there is none. A pipe, which nobody may ever write to, is none. */
function read(path: string): string {
  try {
    return readRegular(path).toString("utf8");
  } catch {
    return "";
  }
}

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

/** All refs, HEAD first; those of every work tree count. Symbolic refs are followed, dangling ones left out. */
export function readRefs(repository: Repository): Ref[] {
  if (repository.refsNeedGit) return refsFromGit(repository);
  const texts = new Map<string, string>();
  const packed = read(join(repository.commonDir, "packed-refs"));
  // There may be tens of thousands: lines are not made strings first.
  for (let at = 0, end = 0; at < packed.length; at = end + 1) {
    end = packed.indexOf("\n", at);
    if (end < 0) end = packed.length;
    const first = packed.charCodeAt(at);
    if (first === 0x23 /* # */ || first === 0x5e /* ^ */) continue;
    const space = packed.indexOf(" ", at);
    if (space > at && space < end) texts.set(packed.slice(space + 1, end), packed.slice(at, space));
  }
  for (const [name, text] of looseRefs(repository.commonDir, "refs")) texts.set(name, text);
  if (repository.gitDir !== repository.commonDir) {
    for (const [name, text] of looseRefs(repository.gitDir, "refs")) texts.set(name, text);
  }
  const resolveText = (text: string, hops = 0): string | undefined => {
    if (!text.startsWith("ref: ")) return isObjectId(text, repository.format) ? text : undefined;
    const target = texts.get(text.slice(5).trim());
    return target === undefined || hops > 5 ? undefined : resolveText(target, hops + 1);
  };
  const refs: Ref[] = [];
  const add = (name: string, text: string) => {
    const object = resolveText(text);
    if (object !== undefined) refs.push({ name, object });
  };
  add("HEAD", read(join(repository.gitDir, "HEAD")).trim());
  if (repository.gitDir !== repository.commonDir) add("HEAD", read(join(repository.commonDir, "HEAD")).trim());
  const worktrees = join(repository.commonDir, "worktrees");
  if (existsSync(worktrees))
    for (const name of readdirSync(worktrees)) add("HEAD", read(join(worktrees, name, "HEAD")).trim());
  // The stash is the top of a reflog; what lies below is reachable through the log alone.
  const names = [...texts.keys()];
  // As git packs them they are in order.
  if (names.some((name, i) => i > 0 && name < (names[i - 1] as string))) names.sort();
  for (const name of names) add(name, texts.get(name) ?? "");
  return refs;
}
