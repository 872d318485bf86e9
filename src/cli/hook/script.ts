import { IGNORING } from "../own-files.ts";

/** Hooks that Patrol can be: what a person commits, what they push, and what a server is about to accept. */
export const HOOK_TYPES = ["pre-commit", "pre-push", "pre-receive"] as const;
export type HookType = (typeof HOOK_TYPES)[number];

/** How the hooks of a folder are run. */
export type Runner = "git" | "husky";

/** The name under which the hook that was there before is kept, beside ours. */
export const BEFORE = ".before-patrol";

const MARKER = "# patrol-hook";

/** Quoted so that a shell takes it as it is. */
const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const HEAD = `#!/bin/sh
${MARKER}: written by \`patrol hook install\`. \`patrol hook uninstall\` puts back what was here before.
`;

/**
 * Flags of V8 for a first look only (cli/start/glance.ts), which reads little and compiles less. Without the first it would wait at
 * its end for an optimised WebAssembly that is no longer needed. Without the second V8 chooses a seed for its hashes and hashes
 * again all that Node.js brought along, a sixth of an empty start. Whoever looks with a seed that everybody knows bounds what
 * is hashed (`mostInFolder` of sources/git/stage/staged.ts). Without the third V8 makes machine code of what runs a few times
 * more.
 */
export const GLANCE_FLAGS = ["--liftoff-only", "--no-rehash-snapshot", "--no-sparkplug"] as const;

/**
 * Whatever a first look stops at, findings, a Node.js that does not know the flags: the whole program says what there is to say.
 * Where it would stop for certain it is left out. The whole program is not to look once more. git runs the hook at the top of
 * the work tree.
 */
const GLANCE_FIRST = `is_ignoring=
    for file in ${IGNORING.join(" ")}; do [ -e $file ] && is_ignoring=yes; done
    [ "$is_ignoring" ] || { "$node" ${GLANCE_FLAGS.join(" ")} "$program" hook glance "$@" && return; }
    PATROL_LOOKED=yes "$node" "$program" hook run "$@"`;

/** Where the program lay when the hook was installed; a `patrol` in the PATH will do as well. */
function program(words: readonly string[], type: HookType): string {
  const [first = "", second] = words.map(quoted);
  const [names, test, call] =
    second === undefined
      ? [`program=${first}`, '[ -x "$program" ]', '"$program" hook run "$@"']
      : [
          `node=${first}\nprogram=${second}`,
          '[ -x "$node" ] && [ -f "$program" ]',
          type === "pre-commit" ? GLANCE_FIRST : '"$node" "$program" hook run "$@"',
        ];
  return `${names}
patrol_hook() {
  if ${test}; then
    ${call}
  elif command -v patrol >/dev/null 2>&1; then patrol hook run "$@"
  else
    echo "patrol: not found where it was when this hook was installed, nor in the PATH; nothing was scanned." >&2
    echo "patrol: install it again and run \\\`patrol hook install\\\`, or remove $0" >&2
    return 2
  fi
}
`;
}

/**
 * A hook committed with the project must not name a folder of one machine. npx is not asked: where the project has no Patrol, it asks
 * the registry, and takes whatever of that name it once kept.
 */
const SHARED_PROGRAM = `patrol_hook() {
  if command -v patrol >/dev/null 2>&1; then patrol hook run "$@"
  elif [ -x node_modules/.bin/patrol ]; then node_modules/.bin/patrol hook run "$@"
  else
    echo "patrol: neither in the PATH nor in node_modules; nothing was scanned. Install it in one of them." >&2
    return 2
  fi
}
`;

/** husky runs hooks by \`sh -e\`, executable or not; git runs executable ones only. */
const chained = (runner: Runner) =>
  runner === "husky"
    ? { has: `[ -f "$0${BEFORE}" ]`, run: `sh -e "$0${BEFORE}" "$@"` }
    : { has: `[ -x "$0${BEFORE}" ]`, run: `"$0${BEFORE}" "$@"` };

export interface ScriptOptions {
  readonly type: HookType;
  readonly runner: Runner;
  /** Node and the program's file, or the standalone binary alone; undefined in a folder that is shared by committing it. */
  readonly program: readonly string[] | undefined;
  /** In a folder for all repositories: their own hooks, which git then no longer runs, are run by ours. */
  readonly isGlobal: boolean;
}

const OWN = `own="$(git rev-parse --git-common-dir)/hooks/`;

/**
 * The script. A hook that was there before still runs: before ours for \`pre-commit\`, as it may change what is staged;
 * after ours else, as it may send something. Either may refuse.
 */
export function hookScript({ type, runner, program: words, isGlobal }: ScriptOptions): string {
  const before = chained(runner);
  const lines = [HEAD + (words ? program(words, type) : SHARED_PROGRAM)];
  const own = `${OWN}${type}"`;
  if (type === "pre-commit") {
    lines.push(`if ${before.has}; then ${before.run} || exit $?; fi`);
    if (isGlobal) lines.push(own, `if [ -x "$own" ]; then "$own" "$@" || exit $?; fi`);
    lines.push(`patrol_hook ${type} "$@"`);
    return `${lines.join("\n")}\n`;
  }
  // The dot keeps the newlines at the end, which $(...) would take away.
  lines.push(
    "input=$(cat && echo .) || exit 2",
    "input=${input%.}",
    `printf '%s' "$input" | patrol_hook ${type} "$@" || exit $?`,
  );
  if (isGlobal) lines.push(own, `if [ -x "$own" ]; then printf '%s' "$input" | "$own" "$@" || exit $?; fi`);
  lines.push(`if ${before.has}; then printf '%s' "$input" | ${before.run} || exit $?; fi`, "exit 0");
  return `${lines.join("\n")}\n`;
}

/** Other hooks of git's that a folder for all repositories would silence: each runs the repository's own. */
export const FORWARDED = [
  "applypatch-msg",
  "commit-msg",
  "post-applypatch",
  "post-checkout",
  "post-commit",
  "post-merge",
  "post-rewrite",
  "pre-applypatch",
  "pre-auto-gc",
  "pre-commit",
  "pre-merge-commit",
  "pre-push",
  "pre-rebase",
  "prepare-commit-msg",
  "reference-transaction",
  "sendemail-validate",
] as const;

export const forwardScript = (type: string) => `${HEAD}${OWN}${type}"
if [ -x "$own" ]; then exec "$own" "$@"; fi
exit 0
`;

export const isOurs = (script: string) => script.includes(MARKER);

/** The files that a script names: node and the program, or the standalone binary. Undefined for one that looks in the PATH. */
export function programOf(script: string): readonly string[] | undefined {
  const read = (name: string) =>
    new RegExp(String.raw`^${name}='(.*)'$`, "m").exec(script)?.[1]?.replaceAll(String.raw`'\''`, "'");
  const [node, file] = [read("node"), read("program")];
  if (file === undefined) return undefined;
  return node === undefined ? [file] : [node, file];
}
