import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import type { Arguments } from "../usage/arguments.ts";
import { EXIT, type Result, type Terminal } from "../usage/command.ts";
import { typesOf } from "./install.ts";
import { hasPatrol } from "./lefthook.ts";
import { hooksPath, managersOf, readIf, repositoryHere, type Managers, type RepositoryPlace } from "./place.ts";
import { BEFORE, isOurs, programOf, type HookType } from "./script.ts";

interface Check {
  readonly isGood: boolean;
  readonly text: string;
}
const good = (text: string): Check => ({ isGood: true, text });
const bad = (text: string): Check => ({ isGood: false, text });

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a hook that is shared by committing it finds a program. */
const isFound = (top: string, env: Terminal["env"]) =>
  [...(env["PATH"] ?? "").split(delimiter), join(top, "node_modules/.bin")].some((folder) =>
    isExecutable(join(folder, "patrol")),
  );

function scriptChecks(path: string, script: string, top: string, env: Terminal["env"], isRunByGit = true): Check[] {
  if (isRunByGit && !isExecutable(path)) return [bad(`${path} is not executable, so git does not run it: chmod +x it`)];
  const checks = [good(`${path} runs Patrol`)];
  const program = programOf(script);
  if (program === undefined && !isFound(top, env))
    checks.push(
      bad(`${path} calls the \`patrol\` in the PATH or in node_modules, and there is none: install it there`),
    );
  const missing = program?.find((file) => !existsSync(file));
  if (missing !== undefined)
    checks.push(bad(`${path} calls ${missing}, which is gone: run \`patrol hook install\` again`));
  if (existsSync(path + BEFORE) && isRunByGit && !isExecutable(path + BEFORE))
    checks.push(good(`${path + BEFORE} is not executable and was not run by git before either`));
  return checks;
}

/** What the hook at `path` does, as far as its text says. */
function hookChecks(type: HookType, repository: RepositoryPlace, managers: Managers, env: Terminal["env"]): Check[] {
  const configured = hooksPath();
  const folder = configured === undefined ? repository.ownFolder : resolve(repository.top, configured.path);
  const active = join(folder, type);
  const script = readIf(active);
  const own = join(repository.ownFolder, type);
  const install = `\`patrol hook install --type ${type}\``;
  if (managers.husky) {
    const path = join(repository.top, ".husky", type);
    const husky = readIf(path);
    if (husky === undefined || !/\bpatrol\b/.test(husky))
      return [bad(`${path}, which husky runs, does not run Patrol: ${install}`)];
    if (script === undefined) return [bad(`${active} is missing, so husky runs nothing: run \`npx husky\``)];
    return isOurs(husky) ? scriptChecks(path, husky, repository.top, env, false) : [good(`${path} runs Patrol`)];
  }
  if (managers.lefthook !== undefined && hasPatrol(readIf(managers.lefthook) ?? "", type)) {
    return script !== undefined && /lefthook/.test(script) && isExecutable(active)
      ? [good(`${managers.lefthook} runs Patrol at ${type}`)]
      : [bad(`${managers.lefthook} names Patrol, but ${active} is not lefthook's: run \`lefthook install\``)];
  }
  if (script !== undefined && isOurs(script)) return scriptChecks(active, script, repository.top, env);
  const shadowed = configured !== undefined && isOurs(readIf(own) ?? "");
  if (shadowed) {
    const say = `${own} is never run: core.hooksPath (${configured.scope} configuration) sends git to ${folder}`;
    return [bad(`${say}; ${configured.scope === "local" ? install : "`patrol hook install --global`"}`)];
  }
  const byFramework =
    managers.preCommit !== undefined && /^\s*-\s+id:\s+patrol/m.test(readIf(managers.preCommit) ?? "");
  if (script !== undefined && /pre-commit\.com|pre_commit/.test(script)) {
    if (byFramework) return [good(`${managers.preCommit} runs Patrol`)];
    return [
      bad(
        `${active} is the pre-commit framework's, and its configuration does not name Patrol: ${install}, or add the hook`,
      ),
    ];
  }
  if (byFramework)
    return [bad(`${managers.preCommit} names Patrol, but ${active} is not there: run \`pre-commit install\``)];
  if (script === undefined) return [bad(`there is no ${type} hook at ${active}: ${install}`)];
  if (/\bpatrol\b/.test(script))
    return [isExecutable(active) ? good(`${active} names Patrol`) : bad(`${active} is not executable`)];
  if (existsSync(`${active}${BEFORE}`)) return [bad(`${active} was written over by another tool: ${install}`)];
  return [bad(`${active} does not run Patrol: ${install} keeps it and adds Patrol`)];
}

/** Switches in the environment that turn hooks off without a trace. */
function environmentChecks(env: Terminal["env"]): Check[] {
  const checks: Check[] = [];
  const skipped = (env["SKIP"] ?? "").split(",").filter((name) => name.trim().startsWith("patrol"));
  if (skipped.length > 0) checks.push(bad(`SKIP=${skipped.join(",")} makes the pre-commit framework leave Patrol out`));
  if (env["HUSKY"] === "0") checks.push(bad("HUSKY=0 turns husky's hooks off"));
  if (["0", "false"].includes(env["LEFTHOOK"] ?? "")) checks.push(bad("LEFTHOOK turns lefthook's hooks off"));
  if (env["PATROL_BYPASS"]) checks.push(bad("PATROL_BYPASS is set: every finding is let through, and recorded"));
  return checks;
}

/** Says whether the hooks here run, and what stands in their way. Exit code 1: something does. */
export function doctor(args: Arguments, terminal: Terminal): Result {
  const repository = repositoryHere();
  const managers = managersOf(repository);
  const types = typesOf(args, repository.isBare);
  const checks = [
    ...types.flatMap((type) => hookChecks(type, repository, managers, terminal.env)),
    ...environmentChecks(terminal.env),
  ];
  const lines = checks.map(({ isGood, text }) => `${isGood ? "good" : "bad "}  ${text}`);
  const unseen = repository.isBare
    ? "A server's own hook cannot be left out by the pusher."
    : "git commit --no-verify and git push --no-verify leave hooks out and no tool can see it here; only a pre-receive hook on the server stops that.";
  return {
    exitStatus: checks.every(({ isGood }) => isGood) ? EXIT.clean : EXIT.leaks,
    stdout: `${[...lines, "", unseen].join("\n")}\n`,
    stderr: "",
  };
}
