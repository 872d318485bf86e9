// The first look at what is staged. Most commits hold nothing that the core even stops at; then nothing else is loaded.
import { existsSync } from "node:fs";
import { LookCore } from "../../config/engine-files.ts";
import { printable } from "../../report/printable.ts";
import { inflateInCore } from "../../sources/git/objects/inflate.ts";
import { duration, paint, size } from "../terminal/look.ts";
import { lookedFor } from "./looked-for.ts";
import { IGNORING } from "../own-files.ts";
import { openStage, scannedSentence } from "../staged/stage.ts";
import { isTerminal, writeOut } from "../terminal/terminal.ts";

export { BUILD } from "../../model/build.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Flags of a hook's command line that change nothing of what a clean result says. */
const PLAIN_FLAGS = ["--staged", "--pre-commit", "--redact", "--verbose", "-v", "--no-banner", "--no-color"];
/** Variables that choose other rules, or another scan. */
const CHOOSING = [
  "PATROL_CONFIG",
  "PATROL_CONFIG_TOML",
  "BETTERLEAKS_CONFIG",
  "BETTERLEAKS_CONFIG_TOML",
  "GITLEAKS_CONFIG",
  "GITLEAKS_CONFIG_TOML",
  "PATROL_TOKEN_PREFIX",
  "PRE_COMMIT_REMOTE_NAME",
  "PRE_COMMIT_REMOTE_URL",
];

/** More files or folders than this in one folder are not for a short look. */
const MOST_IN_FOLDER = 8192;

/** What is looked at when nothing is staged; undefined: these words ask for something else, or for more. */
function whenEmpty(words: readonly string[]): "head" | "amend" | undefined {
  const plain = words.filter((word) => !PLAIN_FLAGS.includes(word)).join(" ");
  if (plain === "hook run pre-commit" || plain === "hook glance pre-commit") return "amend";
  return (plain === "git" || plain === "protect") && words.includes("--staged") ? "head" : undefined;
}

interface Clean {
  /** What there is to say. */
  readonly text: string;
  /** Whether it looked by rules of the repository's own. */
  readonly isByOwnRules: boolean;
}

/** The look itself. Undefined: the whole program has to look. */
function look(words: readonly string[], env: Environment): Clean | undefined {
  // Node loads what `performance` belongs to when it is first asked.
  const started = process.hrtime.bigint();
  const empty = whenEmpty(words);
  if (empty === undefined || CHOOSING.some((name) => env[name])) return undefined;
  const first = new LookCore();
  const { core } = first;
  const inflate = inflateInCore(core.exports, core.memory, (bytes) => core.reserve(bytes));
  const { top, stage } = openStage(undefined, env, { whenEmpty: empty, inflate, mostInFolder: MOST_IN_FOLDER });
  try {
    if (stage.notes.length > 0 || stage.gitBecause !== undefined) return undefined;
    if ([".", top].some((folder) => IGNORING.some((name) => existsSync(`${folder}/${name}`)))) return undefined;
    const rules = lookedFor(top, stage.at, first);
    if (rules === undefined) return undefined;
    let bytes = 0;
    for (const file of stage.files) {
      const content = file.read();
      if (!rules.areNotIn(file.path, content)) return undefined;
      bytes += content.length;
    }
    if (stage.names().some((path) => !rules.areNotInPath(path))) return undefined;
    const colour = paint(isTerminal(2), words.includes("--no-color"), env);
    const took = `${size(bytes)} in ${duration(Number(process.hrtime.bigint() - started) / 1e6)}`;
    const notes = rules.notes.map((text) => `${colour.yellow("note:")} ${printable(text)}\n`).join("");
    const text = `${notes}${scannedSentence(stage)}, ${took}\n${colour.green("no leaks found")}\n`;
    return { text, isByOwnRules: rules.notes.length > 0 };
  } finally {
    stage.close();
  }
}

function lookOrNot(words: readonly string[], env: Environment): Clean | undefined {
  try {
    return look(words, env);
  } catch {
    // Whatever it was: who looks properly meets it too, and tells of it.
    return undefined;
  }
}

/**
 * Says of a commit in which nothing is found what there is to say, and ends the process after `done`, which is told whether it took more than
 * most looks. False: the whole program has to look.
 */
export function glance(words: readonly string[], env: Environment, done: (more: number) => void): boolean {
  const clean = lookOrNot(words, env);
  if (clean === undefined) return false;
  const isWritten = writeOut(2, clean.text);
  done(Number(clean.isByOwnRules));
  // Not to wait until V8 has cleared away what the system frees at once, nor for listeners that there are none of.
  if (isWritten) (process as NodeJS.Process & { reallyExit(code: number): never }).reallyExit(0);
  return true;
}
