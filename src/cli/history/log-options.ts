import { PatrolError } from "../../model/errors.ts";
import { askGit, type AskedPlace } from "../../sources/git/ask-git.ts";
import { refsUnreadable } from "../../sources/git/refs.ts";
import { openRepository } from "../../sources/git/repository.ts";

/** What `--log-opts` asks for, as far as it names commits and paths. */
export interface LogOptions {
  /** Words that name commits: what the scan starts from. */
  readonly revisions: readonly string[];
  /** Words that choose among them: `--since`, `-n 5`, `--author`. */
  readonly limits: readonly string[];
  readonly paths: readonly string[];
}

/** Say how git log prints; we read objects, so they change nothing. */
const ABOUT_PRINTING =
  /^(?:-p|-u|-m|-c|-s|--cc|--patch|--no-patch|--raw|--stat|--left-right|--oneline|--graph|--full-diff|--no-ext-diff|--no-textconv|--no-color|--no-renames|--reverse|-U\d+|--unified=\d+|--(?:color|pretty|format|date|diff-filter|diff-merges|decorate)(?:=.*)?)$/;

/** Choose commits. Whatever else begins with `-` is refused: git log knows flags that write files and run programs. */
const ABOUT_COMMITS =
  /^(?:-n?\d+|--(?:max-count|skip|since|after|until|before|since-as-filter|author|committer|grep|min-parents|max-parents)=.+|--(?:no-merges|merges|first-parent|ancestry-path|no-walk|cherry-pick|left-only|right-only|invert-grep|all-match|regexp-ignore-case|extended-regexp|fixed-strings)|-[iEF])$/;

/** Say which commits come first, or which side of a merge is followed for a path: that matters beside words that leave some out. */
const ABOUT_ORDER = /^--(?:full-history|topo-order|date-order|author-date-order)$/;

const NAMING_COMMITS = /^--(?:all|not|branches|tags|remotes|glob|exclude)(?:=.*)?$/;
/** Take their value as the next word. */
const WITH_VALUE = /^(?:-n|--(?:max-count|skip|since|after|until|before|author|committer|grep))$/;

/** Splits as a shell would, quotes and backslashes taken care of, nothing expanded. */
export function words(text: string): string[] {
  const found: string[] = [];
  for (const [token] of text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/gs))
    found.push(
      token.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double?: string, single?: string, escaped?: string) =>
        double !== undefined ? double.replace(/\\(["\\$`])/g, "$1") : (single ?? escaped ?? ""),
      ),
    );
  return found;
}

/**
 * Reads `--log-opts`. Undefined: nothing is asked for, so everything is.
 *
 * @throws PatrolError `usage-invalid` for what does not choose commits.
 */
export function readLogOptions(text: string): LogOptions | undefined {
  const all = words(text);
  const end = all.indexOf("--");
  const given = end < 0 ? all : all.slice(0, end);
  const revisions: string[] = [];
  const limits: string[] = [];
  const order: string[] = [];
  for (let at = 0; at < given.length; at++) {
    const word = given[at] ?? "";
    if (ABOUT_PRINTING.test(word)) continue;
    if (ABOUT_ORDER.test(word)) order.push(word);
    else if (WITH_VALUE.test(word)) limits.push(word, given[++at] ?? "");
    else if (ABOUT_COMMITS.test(word)) limits.push(word);
    else if (!word.startsWith("-") || NAMING_COMMITS.test(word)) revisions.push(word);
    else
      throw new PatrolError(
        "usage-invalid",
        `--log-opts: ${word} does not choose commits; use a range, --since, -n or -- PATH`,
      );
  }
  const paths = end < 0 ? [] : all.slice(end + 1);
  for (const path of paths)
    if (path.startsWith(":") || path.includes("*"))
      throw new PatrolError(
        "usage-invalid",
        `--log-opts: ${path} is a pattern; name files and folders as they are called`,
      );
  if (revisions.length + limits.length + paths.length === 0) return undefined;
  if (limits.length + paths.length > 0) limits.push(...order);
  return { revisions: revisions.length === 0 ? ["HEAD"] : revisions, limits, paths };
}

/**
 * `--since-commit`: what HEAD has, or `--log-opts` asks for, without what this commit reaches.
 *
 * @throws PatrolError `usage-invalid` when it is no commit here.
 */
export function sinceCommit(
  repository: AskedPlace,
  options: LogOptions | undefined,
  commit: string | undefined,
): LogOptions | undefined {
  if (commit === undefined) return options;
  let id: string;
  try {
    id = askGit(repository, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`]).toString();
  } catch (cause) {
    const what = `--since-commit: ${commit} is no commit of this repository; in a shallow clone, fetch more of it`;
    throw new PatrolError("usage-invalid", what, { cause });
  }
  const { revisions = ["HEAD"], limits = [], paths = [] } = options ?? {};
  // In front: behind a --not of the options it would be meant the other way round.
  return { revisions: [`^${id.trim()}`, ...revisions], limits, paths };
}

/** Undefined too where all refs are asked for, and nothing but them: what no commit holds, such as a ref's own name, is asked for then. */
export function unlessAll(options: LogOptions | undefined): LogOptions | undefined {
  if (options === undefined || options.limits.length + options.paths.length > 0) return options;
  const { revisions } = options;
  return revisions.includes("--all") && revisions.every((word) => word === "--all" || word === "HEAD")
    ? undefined
    : options;
}

/** The commits that are asked for, by git's own reading. */
export function commitsFor(repository: AskedPlace, { revisions, limits, paths }: LogOptions): ReadonlySet<string> {
  try {
    // As everything else here takes paths: a name with a bracket is a name.
    const args = ["--literal-pathspecs", "rev-list", ...limits, ...revisions, "--", ...paths];
    const list = askGit(repository, args, { keepsErrors: true });
    return new Set(list.toString().split("\n").filter(Boolean));
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? "")
      .trim()
      .split("\n")[0];
    if (said?.includes("repository extension") && "gitDir" in repository)
      throw refsUnreadable(openRepository(repository.gitDir), error);
    throw new PatrolError("usage-invalid", `--log-opts: git says: ${said}`, { cause: error });
  }
}
