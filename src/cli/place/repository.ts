import { realpathSync } from "node:fs";
import { isAbsolute, posix, relative, resolve } from "node:path";
import { readShort } from "../../disk/regular-file.ts";
import { webAddress } from "../../report/link.ts";
import { askGit, type AskedPlace, type AskGitOptions, type RepositoryAsked } from "../../sources/git/ask-git.ts";
import { configValues } from "../../sources/git/config-file.ts";
import { openRepository, type ObjectEnvironment, type Repository } from "../../sources/git/repository.ts";
import { findWorkTree } from "../../sources/git/stage/work-tree.ts";
import { withSlashes } from "./native-path.ts";

/** A repository that is scanned: found by us, so that neither its owner nor its `core.worktree` leads elsewhere. */
export interface RepositoryPlace extends RepositoryAsked, Pick<Repository, "commonDir" | "shallow"> {
  readonly top: string;
  /** Where in the work tree the scan was called: empty, or a folder with `/` at its end. */
  readonly below: string;
}

const real = (path: string) => {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
};

/** Git's variables are about the repository that it runs us in, so they say nothing of another one that was named. */
const objectsFor = (gitDir: string, env: NodeJS.ProcessEnv): ObjectEnvironment =>
  env["GIT_DIR"] === undefined || real(env["GIT_DIR"]) === real(gitDir) ? env : {};

/**
 * The repository that a folder lies in.
 *
 * @param folder undefined: what git's environment names, or else the current folder's.
 * @throws PatrolError `source-unreadable` when there is none.
 */
export function findRepository(folder: string | undefined, env: NodeJS.ProcessEnv): RepositoryPlace {
  const start = folder ?? ".";
  const found = findWorkTree(start, start === "." ? env : {});
  const at = found?.gitDir ?? start;
  const { gitDir, commonDir, shallow, objects } = openRepository(at, objectsFor(at, env));
  const top = found?.top ?? gitDir;
  const below = withSlashes(relative(real(top), real(start)));
  const isInside = below !== "" && !below.startsWith("..");
  return {
    folder: isInside ? start : top,
    gitDir,
    commonDir,
    shallow,
    top,
    below: isInside ? `${below}/` : "",
    objects,
  };
}

/** Paths as they were given, as the repository has them: from its top, without `.`, `..` and a `/` at the end. */
export const pathsIn = ({ top, below }: RepositoryPlace, paths: readonly string[]): string[] =>
  paths.map((path) => {
    const fromTop = isAbsolute(path) ? withSlashes(relative(real(top), real(path))) : below + path;
    return posix.normalize(fromTop).replace(/\/+$/, "");
  });

const placeOf = (repository: string | AskedPlace): AskedPlace =>
  typeof repository === "string" ? { folder: repository } : repository;

/** What git prints, trimmed; undefined when it fails. */
export function runGit(
  repository: string | AskedPlace,
  args: readonly string[],
  options?: Pick<AskGitOptions, "input">,
): string | undefined {
  try {
    return askGit(placeOf(repository), args, options).toString().trim();
  } catch {
    return undefined;
  }
}

/** Why git does not work in a folder that lies in a repository, in its own words: whose it is, for one. */
export function gitRefusal(folder: string): string {
  try {
    askGit({ folder }, ["rev-parse", "--git-dir"], { keepsErrors: true });
    return "is no repository that git works in";
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? "").replace(/\s+/g, " ");
    return `is no repository that git works in: ${said.replace(/^fatal: /, "").trim()}`;
  }
}

/** They come after the repository's own file. */
const CONFIG_VARIABLES = ["GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"];

/**
 * The address of the remote `origin` as the repository's own file has it, which counts before those of the user and the system.
 * Undefined: it has none, or more than that file may count, so that git has to be asked.
 */
function ownOrigin({ commonDir }: RepositoryPlace): string | undefined {
  if (CONFIG_VARIABLES.some((name) => process.env[name] !== undefined)) return undefined;
  const text = readShort(`${commonDir}/config`) ?? "";
  return /include|worktreeconfig/i.test(text) ? undefined : configValues(text, "remote.origin", "url").at(-1)?.trim();
}

/** The web page of the remote `origin`. */
export function webPageOf(repository: RepositoryPlace): string | undefined {
  const remote = ownOrigin(repository) ?? runGit(repository, ["config", "--get", "remote.origin.url"]);
  return remote ? webAddress(remote) : undefined;
}

/** Every ref and HEAD, and the object it points to. */
export const refsOf = (repository: AskedPlace): Record<string, string> =>
  Object.fromEntries(
    (runGit(repository, ["show-ref", "--head"]) ?? "")
      .split("\n")
      .filter(Boolean)
      .map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]),
  );

/** What git itself says there is to scan: files, commits and tags of the object store, and their bytes. */
export function expectedOf(
  repository: AskedPlace,
): { expected: number; expectedBytes: number } | Record<string, never> {
  const list = runGit(repository, [
    "cat-file",
    "--batch-all-objects",
    "--unordered",
    "--batch-check=%(objecttype) %(objectsize)",
  ]);
  if (list === undefined) return {};
  let [expected, expectedBytes] = [0, 0];
  for (const line of list.split("\n")) {
    const [type, size] = line.split(" ");
    if (type === "tree" || size === undefined) continue;
    expected++;
    expectedBytes += Number(size);
  }
  return { expected, expectedBytes };
}
