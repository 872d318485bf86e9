import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mask } from "../../engine/mask.ts";
import type { Rulebook } from "../../engine/rulebook.ts";
import { PatrolError, toPatrolError } from "../../model/errors.ts";
import { askGit } from "../../sources/git/ask-git.ts";
import type { Terminal } from "../usage/command.ts";
import { askService, serviceHere } from "../patrol-service.ts";
import { runGit } from "../place/repository.ts";

const NOTES_REF = "refs/notes/patrol-bypass";

/** The reason given for letting findings through: PATROL_BYPASS, or the push option patrol.bypass on a server. */
export function bypassReason(env: Terminal["env"], isServer: boolean): string | undefined {
  if (!isServer) return env["PATROL_BYPASS"];
  const count = Number(env["GIT_PUSH_OPTION_COUNT"] ?? 0);
  for (let at = 0; at < count; at++) {
    const [, reason] = /^patrol\.bypass(?:=(.*))?$/s.exec(env[`GIT_PUSH_OPTION_${at}`] ?? "") ?? [];
    if (reason !== undefined) return reason;
    if (env[`GIT_PUSH_OPTION_${at}`] === "patrol.bypass") return "";
  }
  return undefined;
}

/** @throws PatrolError `usage-invalid` for what is no reason. */
export function checkReason(reason: string): void {
  if (/^(?:1|true|yes|on)?$/i.test(reason.trim()) || !/\p{L}{2}/u.test(reason))
    throw new PatrolError("usage-invalid", "a bypass needs a reason in words; it is recorded");
}

export interface Bypass {
  readonly hook: string;
  readonly reason: string;
  /** What was found, as fingerprints. */
  readonly fingerprints: readonly string[];
  /** Could not everything be scanned? */
  readonly isIncomplete: boolean;
  /** What the note is attached to: the commits of a push, or the tree that is about to be committed. */
  readonly objects: readonly string[];
  readonly by: string | undefined;
}

/** Leads outside of a push's quarantine, inside which git lets nobody write refs. */
const OUTSIDE: NodeJS.ProcessEnv = {
  GIT_QUARANTINE_PATH: undefined,
  GIT_OBJECT_DIRECTORY: undefined,
  GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
};

/**
 * The tree that is about to be committed, made from a copy of the index: git would write into the index itself what it
 * learns, and leave out of it what belongs to a file system monitor that we do not run.
 *
 * @throws PatrolError `source-unreadable`.
 */
export function stagedTree(): string {
  const folder = mkdtempSync(join(tmpdir(), "patrol-"));
  try {
    const index = join(folder, "index");
    copyFileSync(askGit({}, ["rev-parse", "--git-path", "index"]).toString().replace(/\n$/, ""), index);
    return askGit({}, ["write-tree"], { environment: { GIT_INDEX_FILE: index }, keepsErrors: true })
      .toString()
      .trim();
  } catch (error) {
    const why = `git cannot write the tree that is to be committed: ${saidBy(error)}`;
    throw new PatrolError("source-unreadable", why, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What git said on standard error. */
const saidBy = (error: unknown) => String((error as { stderr?: unknown }).stderr ?? "").trim();

/**
 * Tells the service that is configured, if one is, and gives a sentence about it. The note is written already: a service
 * that cannot be reached, or is named wrongly, stops nobody.
 */
export async function tellService(
  bypass: Bypass,
  rulebook: Rulebook,
  env: Terminal["env"],
): Promise<string | undefined> {
  try {
    const service = serviceHere(env);
    if (service === undefined) return undefined;
    const { hook, reason, isIncomplete, objects, fingerprints } = bypass;
    const limited = (text: string) => mask(text.replace(/\s+/g, " ").trim(), rulebook).slice(0, MOST_TEXT);
    await askService(service, "hooks/bypasses", {
      hook,
      isIncomplete,
      reason: limited(reason),
      by: limited(nameOf(bypass)),
      repository: limited(
        runGit(".", ["config", "--get", "remote.origin.url"])?.replace(/\/\/[^/@]*@/, "//") ?? basename(process.cwd()),
      ),
      objects: objects.slice(0, MOST_TOLD),
      findings: fingerprints.slice(0, MOST_TOLD).map(limited),
    });
    return `the audit log of ${service.url.origin} has it`;
  } catch (error) {
    return `the service was not told: ${toPatrolError(error).message}`;
  }
}

/** As the service takes them. */
const MOST_TOLD = 200;
const MOST_TEXT = 1_000;

const nameOf = ({ by }: Bypass) => by ?? runGit(".", ["config", "--get", "user.name"]) ?? "unknown";

/** Writes the note. @throws PatrolError `source-unreadable` when git cannot: then there is no bypass. */
export function recordBypass(bypass: Bypass, rulebook: Rulebook, now: Date): void {
  const { hook, reason, fingerprints, isIncomplete, objects } = bypass;
  const name = nameOf(bypass);
  const oneLine = (text: string) => mask(text.replace(/\s+/g, " ").trim(), rulebook);
  const lines = [
    `Patrol-Bypass: ${oneLine(reason)}`,
    `Hook: ${hook}`,
    `By: ${oneLine(name)}`,
    `At: ${now.toISOString()}`,
    ...fingerprints.map((fingerprint) => `Finding: ${oneLine(fingerprint)}`),
    ...(isIncomplete ? ["Incomplete: not everything could be scanned"] : []),
  ];
  const environment = process.env["GIT_QUARANTINE_PATH"] === undefined ? {} : OUTSIDE;
  const hasName = process.env["GIT_COMMITTER_NAME"] ?? runGit(".", ["config", "--get", "user.email"]);
  const identity = hasName ? [] : ["-c", "user.name=Patrol", "-c", "user.email=patrol@localhost"];
  const notes = (words: readonly string[], input: string) =>
    askGit({}, [...identity, "notes", `--ref=${NOTES_REF}`, ...words], { environment, input, ...WRITING });
  try {
    const isNoted = notedAmong(objects, environment);
    const [first, ...others] = objects.filter((object) => !isNoted(object));
    const appended = [...objects.filter(isNoted), ...(first === undefined ? [] : [first])];
    for (const object of appended) notes(["append", "--file=-", object], `${lines.join("\n")}\n`);
    // At once, as a push may have thousands of refs.
    if (others.length > 0) notes(["copy", "--stdin"], others.map((object) => `${first} ${object}\n`).join(""));
  } catch (error) {
    const why = `the bypass cannot be recorded, so it is none: ${saidBy(error)}`;
    throw new PatrolError("source-unreadable", why, { cause: error });
  }
}

const WRITING = { keepsErrors: true, runsHooks: true };

/** Which objects have a note already, which has to stay. */
function notedAmong(objects: readonly string[], environment: NodeJS.ProcessEnv): (object: string) => boolean {
  if (objects.length < 2) return () => true;
  const list = askGit({}, ["notes", `--ref=${NOTES_REF}`, "list"], { environment, keepsErrors: true }).toString();
  const noted = new Set(list.split("\n").map((line) => line.split(" ")[1]));
  return (object) => noted.has(object);
}
