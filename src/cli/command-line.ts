// Finds the command's file and runs it.
import type { MessagePort } from "node:worker_threads";
import { isStandalone } from "../config/built.ts";
import { bundleBeside } from "../disk/bundle-beside.ts";
import { PatrolError, toPatrolError } from "../model/errors.ts";
import type { WorkerSetup } from "../sources/git/scan/family-workers.ts";
import { nearest, parseArguments } from "./usage/arguments.ts";
import type { Command, Result } from "./usage/command.ts";
import { load } from "./commands.ts";
import { COMMANDS, type CommandName, SERVICE_COMMANDS } from "./usage/commands.ts";
import { ifSearchEnds, nameCurrentFolder, withShownFolder } from "./place/current-folder.ts";
import { COMMON_FLAGS, type Flag } from "./usage/flags.ts";
import { terminal, writeOut } from "./terminal/terminal.ts";

/** Where the command's name stands: the first word that is neither a flag nor a flag's value. */
function commandAt(words: readonly string[]): number {
  const flags: readonly Flag[] = Object.values(COMMANDS).flatMap((command) => command.flags);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-") || word === "-") return at;
    const name = word.startsWith("--") ? word.slice(2) : undefined;
    const flag = flags.find((one) => (name === undefined ? one.short === word.slice(-1) : one.name === name));
    if (flag && flag.kind !== "switch" && flag.bare === undefined) at++;
  }
  return -1;
}

async function helpFor(name: string, words: readonly string[] = []): Promise<Result> {
  const { help } = await import("./usage/help.ts");
  return help(parseArguments([name, ...words].filter(Boolean), []), terminal());
}

/** Words that other scanners have for what we call otherwise. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  scan: "patrol git scans a history, patrol dir files",
  check: "patrol dir scans files, patrol git --staged what is staged",
  fs: "patrol dir scans files",
  filesystem: "patrol dir scans files",
  path: "patrol dir scans files",
  repo: "patrol git scans a history",
  "pre-commit": "patrol git --staged scans what is staged, patrol hook install makes it a hook",
};

/** The command that a flag belongs to which another one was given. */
const ownerOf = (flag: string) =>
  Object.entries(COMMANDS).find(([, { hidden, flags }]) => !hidden && flags.some(({ name }) => name === flag))?.[0];

/** An operand that nobody reads would be taken for something that was scanned. */
function refuseOperands(name: string, { operands, hidden }: Command, positionals: readonly string[]): void {
  const [first] = positionals;
  if (operands !== undefined || hidden === true || first === undefined) return;
  const way = name === "stdin" ? `; patrol dir ${first} scans a file, patrol stdin < ${first} what is in it` : "";
  throw new PatrolError("usage-invalid", `patrol ${name} takes no ${JSON.stringify(first)}${way}`);
}

const unknownCommand = (name: string): never => {
  const other = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  if (other) throw new PatrolError("usage-invalid", `there is no command ${JSON.stringify(name)}; ${other}`);
  const known = [...Object.keys(COMMANDS).filter((one) => !COMMANDS[one]?.hidden), ...Object.keys(SERVICE_COMMANDS)];
  const meant = nearest(name, known);
  throw new PatrolError(
    "usage-invalid",
    `there is no command ${JSON.stringify(name)}; ${meant ? `did you mean patrol ${meant}?` : "`patrol help` lists them."}`,
  );
};

/** In the bundle the service is a second bundle beside it; run from source it is a file. */
async function runService(name: string, words: readonly string[]): Promise<number> {
  if (isStandalone())
    throw new PatrolError(
      "usage-invalid",
      `patrol ${name} is part of the service, which the standalone binary is not: run it from the npm package or the image`,
    );
  const bundle: string = typeof __dirname === "string" ? "./service.mjs" : "./service.ts";
  bundleBeside(new URL(bundle, import.meta.url));
  const service = (await import(bundle)) as { runService(name: string, words: readonly string[]): Promise<number> };
  return await service.runService(name, words);
}

/** Runs one command line. Service commands print for themselves and answer with their exit code only. */
export async function run(words: readonly string[]): Promise<Result> {
  const at = commandAt(words);
  const name = words[at] ?? "";
  const rest = at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 1)];
  if (Object.hasOwn(SERVICE_COMMANDS, name))
    return { exitStatus: await runService(name, words.slice(at + 1)), stdout: "", stderr: "" };
  const command: Command | undefined = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command && name !== "") unknownCommand(name);
  const args = parseArguments(rest, [...(command?.flags ?? []), ...COMMON_FLAGS], ownerOf);
  if (args.has("version")) return await (await import("./version.ts")).version(args, terminal());
  if (!command || args.has("help")) return await helpFor(name, command ? args.positionals.slice(0, 1) : []);
  refuseOperands(name, command, args.positionals);
  nameCurrentFolder();
  const runs = await load(name as CommandName);
  return await runs(args, terminal());
}

export { hasStartedThreads, startThreadsWithKeptCode } from "../disk/start-thread.ts";
export { BUILD } from "../model/build.ts";
export { resetV8Flags } from "../config/v8-flags.ts";
export { takeKeptModules } from "./start/kept-modules.ts";
export { rehearse } from "./start/short-lived.ts";
export { isAllWritten } from "./terminal/terminal.ts";

/** What a thread of a history scan runs that is loaded from here (kept-thread.ts). */
export async function runHistoryThread(port: MessagePort, setup: WorkerSetup): Promise<void> {
  const { runHistoryThread: runs } = await import("./history/history-thread.ts");
  await runs(port, setup);
}

/** Runs the command line of this process, tells the result and sets the exit code. */
export async function main(words: readonly string[]): Promise<void> {
  try {
    const { exitStatus, stdout, stderr, afterwards } = await run(words);
    if (stdout) writeOut(1, stdout);
    if (stderr) writeOut(2, withShownFolder(stderr));
    process.exitCode = exitStatus;
    await afterwards?.();
  } catch (error) {
    const failed = toPatrolError(error);
    const isDebugged = failed.code === "internal" && failed.cause instanceof Error && process.env["PATROL_DEBUG"];
    const stack = isDebugged && failed.cause instanceof Error ? `${failed.cause.stack ?? ""}\n` : "";
    const { harmless } = await import("./harmless.ts");
    const way = failed.code === "source-unreadable" ? ifSearchEnds() : "";
    writeOut(2, withShownFolder(await harmless(`patrol: ${failed.message}${way}\n${stack}`)));
    process.exitCode = failed.kind.exit;
  }
}
