/**
 * The `patrol` command. A hook that finds nothing is over after a first look; all else is in a bundle of its own.
 *
 * Exit codes: 0 nothing found; 1 (or --exit-code) findings; 2 something could not be scanned or done, whatever else was
 * found; 126 a flag that does not exist, as gitleaks has it.
 */
import { setFlag } from "../config/set-v8-flag.ts";
import { AGAIN, FINDINGS, loadScript, THREADS } from "./start/code-cache.ts";

/**
 * WebAssembly's optimiser would begin within a first look's first files, and the process would wait for it at its end. Longer
 * work cannot do without.
 */
function optimise(isWanted: boolean): void {
  const [no, yes] = isWanted ? ["no-", ""] : ["", "no-"];
  for (const flag of [`--${no}liftoff-only`, `--${yes}wasm-tier-up`, `--${yes}wasm-dynamic-tiering`]) setFlag(flag);
}

/** Commands that are over soon. Of the service's, what they load is in a bundle of its own. */
const SHORT_COMMANDS = ["git", "dir", "stdin", "hook"];

/** What code is kept for. A hook's first command is to install it, which runs little of what the hook runs. */
const useOf = ([command = "", verb]: readonly string[]) =>
  command === "hook" && verb === "run" ? "hook run" : SHORT_COMMANDS.includes(command) ? command : "others";

/** The whole program. */
async function runAll(words: readonly string[]): Promise<void> {
  const [command = ""] = words;
  const isShort = SHORT_COMMANDS.includes(command);
  const path = `${__dirname}/command-line.cjs`;
  const use = useOf(words);
  const all = loadScript<typeof import("./command-line.ts")>(path, process.env, use);
  if (all.holds(THREADS)) all.exports.startThreadsWithKeptCode(use);
  const keepModules = isShort ? all.exports.takeKeptModules(use) : undefined;
  await all.exports.main(words);
  if (!isShort) return;
  const isRehearsed = all.lacks(AGAIN) && (await all.exports.rehearse());
  all.exports.resetV8Flags();
  // Who finds something reports it.
  const found = process.exitCode ? FINDINGS : 0;
  all.keep(found | (isRehearsed ? AGAIN : 0) | (all.exports.hasStartedThreads() ? THREADS : 0));
  keepModules?.();
  // Not to wait until V8 has cleared away what the system frees at once.
  if (all.exports.isAllWritten()) process.exit();
}

/** Whether a first look at what is staged could tell that there is nothing, and has said so. */
function isOver(words: readonly string[]): boolean {
  const { exports, keep } = loadScript<typeof import("./start/glance.ts")>(`${__dirname}/glance.cjs`, process.env);
  return exports.glance(words, process.env, keep);
}

/** An installation that is no whole one: nothing was scanned, or nobody knows by what. */
function failed(error: unknown): void {
  process.stderr.write(`patrol: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

function main(words: readonly string[]): Promise<void> | undefined {
  // The hooks that we write have looked before they start the whole program, or know that a look would be in vain.
  const isGlance = (words.includes("pre-commit") || words.includes("--staged")) && !process.env["PATROL_LOOKED"];
  // Hooks that we write start with the flag, which is quicker; those of other tools, and people, do not.
  if (isGlance && !process.execArgv.includes("--liftoff-only")) optimise(false);
  // If so, it has said so.
  if (isGlance && isOver(words)) return undefined;
  if (words[0] === "hook" && words[1] === "glance") {
    // The hook's script then runs the whole program, with other flags.
    process.exitCode = 1;
    return undefined;
  }
  if (isGlance) optimise(true);
  return runAll(words);
}

try {
  main(process.argv.slice(2))?.catch(failed);
} catch (error) {
  failed(error);
}
