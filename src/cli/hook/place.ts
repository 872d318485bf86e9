import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readRegular } from "../../disk/regular-file.ts";
import { PatrolError } from "../../model/errors.ts";
import { findWorkTree } from "../../sources/git/stage/work-tree.ts";
import { isWithin } from "../place/native-path.ts";
import { gitRefusal, runGit } from "../place/repository.ts";
import type { Runner } from "./script.ts";

/** Where git looks for hooks here, and who runs them. */
export interface HookPlace {
  /** The folder that a hook has to be written to. */
  readonly folder: string;
  readonly runner: Runner;
  /** The folder is committed with the project. */
  readonly isShared: boolean;
  readonly isGlobal: boolean;
}

/** `core.hooksPath`, and which configuration says so: `local`, `worktree`, `global`, `system`, `command`. */
export function hooksPath(): { readonly path: string; readonly scope: string } | undefined {
  const line = runGit(".", ["config", "--show-scope", "--type=path", "--get", "core.hooksPath"]);
  const [, scope, path] = /^(\S+)\s+(.+)$/s.exec(line ?? "") ?? [];
  return scope === undefined || path === undefined ? undefined : { scope, path: readable(path, "core.hooksPath is") };
}

/** What stands for bytes that are no UTF-8 names another folder: a hook there would never run, and be taken for good. */
function readable(path: string, what: string): string {
  if (!path.includes("\uFFFD")) return path;
  throw new PatrolError(
    "usage-invalid",
    `${what} ${path}, which is no UTF-8: no hook can be written or looked at there`,
  );
}

export interface RepositoryPlace {
  /** The folder that paths start from: of the work tree, or of the bare repository. */
  readonly top: string;
  /** The hooks folder that git has without `core.hooksPath`. */
  readonly ownFolder: string;
  readonly isBare: boolean;
}

/** @throws PatrolError `source-unreadable` outside of a repository. */
export function repositoryHere(): RepositoryPlace {
  const common = runGit(".", ["rev-parse", "--path-format=absolute", "--git-common-dir"]);
  if (common === undefined) {
    const why = findWorkTree(".", process.env) === undefined ? "lies in no git repository" : gitRefusal(".");
    throw new PatrolError("source-unreadable", `${resolve(".")} ${why}; --global needs none`);
  }
  readable(common, "the repository is");
  const top = runGit(".", ["rev-parse", "--show-toplevel"]);
  return { top: top ?? common, ownFolder: join(common, "hooks"), isBare: top === undefined };
}

const readIf = (path: string) => (existsSync(path) ? readRegular(path).toString("utf8") : undefined);

export interface Managers {
  readonly husky: boolean;
  /** Its configuration, when lefthook wrote the hooks or is configured. */
  readonly lefthook: string | undefined;
  /** The configuration of the pre-commit framework. */
  readonly preCommit: string | undefined;
}

export function managersOf({ top }: RepositoryPlace): Managers {
  const path = hooksPath();
  const names = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"].map((name) => join(top, name));
  const preCommit = join(top, ".pre-commit-config.yaml");
  return {
    husky: path?.scope === "local" && /(?:^|[\\/])\.husky(?:[\\/]_)?[\\/]?$/.test(path.path),
    lefthook: names.find((name) => existsSync(name)),
    preCommit: existsSync(preCommit) ? preCommit : undefined,
  };
}

/** The folder for the hooks of all repositories of this person. */
export function globalFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "patrol", "hooks");
}

/** @throws PatrolError `usage-invalid` where hooks of this repository alone cannot be. */
export function placeHere(repository: RepositoryPlace): HookPlace {
  const path = hooksPath();
  if (managersOf(repository).husky)
    return { folder: join(repository.top, ".husky"), runner: "husky", isShared: true, isGlobal: false };
  if (path === undefined) return { folder: repository.ownFolder, runner: "git", isShared: false, isGlobal: false };
  if (path.scope !== "local" && path.scope !== "worktree") {
    throw new PatrolError(
      "usage-invalid",
      `core.hooksPath of the ${path.scope} configuration is ${path.path}, so git runs no hook of this repository alone; ` +
        "`patrol hook install --global` installs there, for every repository",
    );
  }
  const folder = resolve(repository.top, path.path);
  const isShared = isWithin(folder, repository.top) && !isWithin(folder, join(repository.top, ".git"));
  return { folder, runner: "git", isShared, isGlobal: false };
}

export { readIf };
