// Which repository a command in a folder is about, as git would answer, without asking it.
import { existsSync, statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import { hasHead } from "../loose-refs.ts";
import { readShort } from "../../../disk/regular-file.ts";

export interface WorkTree {
  /** The folder that paths are relative to; a bare repository's own. */
  readonly top: string;
  /** What `openRepository` takes. */
  readonly gitDir: string;
}

/** What git tells the hooks that it runs. */
export interface GitEnvironment {
  readonly [name: string]: string | undefined;
  readonly GIT_DIR?: string | undefined;
  readonly GIT_WORK_TREE?: string | undefined;
}

/** As a submodule and a further work tree have it. */
const isGitFile = (path: string) => existsSync(path) && statSync(path).isFile();

/** The work tree that `start` lies in; undefined when none does. `environment`: given only when git runs us there. */
export function findWorkTree(start: string, environment: GitEnvironment = {}): WorkTree | undefined {
  const given = environment.GIT_DIR;
  if (given) return { top: resolve(start, environment.GIT_WORK_TREE ?? "."), gitDir: resolve(start, given) };
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const inside = `${folder}/.git`;
    if (hasHead(inside)) return { top: folder, gitDir: inside };
    if (isGitFile(inside)) {
      const [, target] = /^gitdir: (.+?)\r?\n?$/.exec(readShort(inside) ?? "") ?? [];
      if (target !== undefined) return { top: folder, gitDir: isAbsolute(target) ? target : resolve(folder, target) };
    }
    if (hasHead(folder) && existsSync(`${folder}/objects`)) return { top: folder, gitDir: folder };
    if (dirname(folder) === folder) return undefined;
  }
}
