import { existsSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isStandalone } from "../../config/built.ts";
import { readRegular } from "../../disk/regular-file.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Result, Terminal } from "../usage/command.ts";
import { runGit } from "../place/repository.ts";
import { putHook, removeHook, replaceText, type Told } from "./files.ts";
import { hasPatrol, withoutPatrol, withPatrol } from "./lefthook.ts";
import { globalFolder, hooksPath, managersOf, placeHere, repositoryHere, type HookPlace } from "./place.ts";
import { FORWARDED, forwardScript, HOOK_TYPES, hookScript, type HookType } from "./script.ts";

const done = (told: readonly Told[]): Result => ({
  exitStatus: 0,
  stdout: told.map((line) => `${line}\n`).join(""),
  stderr: "",
});

/** The types that were asked for; without a word: what suits the repository. */
export function typesOf(args: Arguments, isBare: boolean): readonly HookType[] {
  const asked = args.list("type");
  const wrong = asked.find((type) => !(HOOK_TYPES as readonly string[]).includes(type));
  if (wrong !== undefined)
    throw new PatrolError("usage-invalid", `--type cannot be ${wrong}; it may be ${HOOK_TYPES.join(", ")}`);
  if (asked.length > 0) return asked as readonly HookType[];
  return isBare ? ["pre-receive"] : ["pre-commit", "pre-push"];
}

const programHere = () =>
  isStandalone() ? [process.execPath] : [process.execPath, realpathSync(process.argv[1] ?? "")];

const script = (type: HookType, { runner, isShared, isGlobal }: HookPlace) =>
  hookScript({
    type,
    runner,
    isGlobal,
    program: isShared ? undefined : programHere(),
  });

function installGlobally(types: readonly HookType[], terminal: Terminal): Result {
  const known = hooksPath();
  const isKnown = known !== undefined && (known.scope === "global" || known.scope === "system");
  const folder = isKnown ? known.path : globalFolder(terminal.env);
  const place: HookPlace = { folder, runner: "git", isShared: false, isGlobal: true };
  const told = types.map((type) => putHook(folder, type, script(type, place)));
  if (!isKnown) {
    for (const name of FORWARDED) if (!existsSync(join(folder, name))) putHook(folder, name, forwardScript(name));
    if (runGit(".", ["config", "--global", "core.hooksPath", folder]) === undefined)
      throw new PatrolError("usage-invalid", `git cannot set core.hooksPath to ${folder} in your configuration`);
    told.push(`core.hooksPath of your git configuration is now ${folder}; repositories' own hooks still run`);
  }
  return done(told);
}

function installInLefthook(path: string, types: readonly HookType[]): Result {
  return done(
    types.map((type) => {
      const text = readRegular(path).toString("utf8");
      const changed = withPatrol(text, type);
      if (changed === undefined) {
        throw new PatrolError(
          "usage-invalid",
          `${path}: add a command by hand that runs \`patrol hook run ${type} {0}\`` +
            `${type === "pre-commit" ? "" : " with use_stdin: true"}; its ${type} has a form that Patrol does not edit`,
        );
      }
      if (changed === text) return `${path} runs Patrol at ${type} already`;
      replaceText(path, changed);
      return `${path} runs Patrol at ${type} now; commit it, so that everyone has it`;
    }),
  );
}

export function install(args: Arguments, terminal: Terminal): Result {
  if (args.has("global")) return installGlobally(typesOf(args, false), terminal);
  const repository = repositoryHere();
  const types = typesOf(args, repository.isBare);
  const { lefthook, preCommit } = managersOf(repository);
  const local = types.filter((type) => type !== "pre-receive");
  if (lefthook !== undefined && local.length > 0) return installInLefthook(lefthook, local);
  const place = placeHere(repository);
  const told = types.map((type) => putHook(place.folder, type, script(type, place)));
  if (preCommit !== undefined)
    told.push(
      `${preCommit}: the pre-commit framework has hooks named patrol and patrol-push, if you want it there instead`,
    );
  if (place.isShared) told.push(`${place.folder} is part of the project: commit it, so that everyone has it`);
  return done(told);
}

export function uninstall(args: Arguments, terminal: Terminal): Result {
  if (args.has("global")) return uninstallGlobally(args, terminal);
  const repository = repositoryHere();
  const told: Told[] = [];
  const { lefthook } = managersOf(repository);
  const text = lefthook === undefined ? "" : readRegular(lefthook).toString("utf8");
  const types = args.has("type") ? typesOf(args, repository.isBare) : HOOK_TYPES;
  const folders = new Set([repository.ownFolder]);
  const path = hooksPath();
  if (path === undefined || path.scope === "local" || path.scope === "worktree")
    folders.add(placeHere(repository).folder);
  for (const folder of folders)
    for (const type of types) {
      const one = removeHook(folder, type);
      if (one !== undefined) told.push(one);
    }
  const left = types.reduce((rest, type) => withoutPatrol(rest, type), text);
  if (lefthook !== undefined && left !== text) {
    replaceText(lefthook, left);
    told.push(`${lefthook} is again what it was`);
  }
  const byHand = types.find((type) => hasPatrol(left, type));
  if (byHand !== undefined) told.push(`${lefthook} still runs Patrol at ${byHand}: that was written by hand`);
  return done(told.length > 0 ? told : ["no hook of Patrol's is installed here"]);
}

function uninstallGlobally(args: Arguments, terminal: Terminal): Result {
  const asked = args.has("type") ? typesOf(args, false) : undefined;
  const known = hooksPath();
  const own = globalFolder(terminal.env);
  const isOwn = known?.path === own && known.scope === "global";
  const folder = known !== undefined && (isOwn || known.scope !== "local") ? known.path : own;
  const told: Told[] = [];
  for (const name of existsSync(folder) ? (asked ?? [...HOOK_TYPES, ...FORWARDED]) : []) {
    const one = removeHook(folder, name);
    if (one !== undefined && (HOOK_TYPES as readonly string[]).includes(name)) told.push(one);
    // The folder still stands in for those of the repositories, whose own hook of this type must run.
    if (one !== undefined && asked && isOwn && !existsSync(join(folder, name)))
      putHook(folder, name, forwardScript(name));
  }
  if (isOwn && asked === undefined) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
    runGit(".", ["config", "--global", "--unset", "core.hooksPath"]);
    told.push("core.hooksPath was taken out of your git configuration");
  }
  return done(told.length > 0 ? told : ["no hook of Patrol's is installed for all repositories"]);
}
