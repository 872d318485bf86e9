/**
 * `npm run bench:start -- [--runs N] [--rules FILE]`
 *
 * Whole processes: what an installed pre-commit hook runs, over ten staged files in a repository with one commit, against
 * Node.js starting an empty file, in turns, so that both see the same machine. `hook_vs_empty_node` is the ratio of the least
 * times. `own_configuration_vs_empty_node` is the same hook in a repository with a `.gitleaks.toml` that extends the built-in
 * rules, or with the one that `--rules FILE` names. `stopped_commit_vs_empty_node` is the hook, with its shell, that finds a secret:
 * a look, and then the whole program. `patrol git --staged` by hand and the hook as `git` calls it, with its shell,
 * are shown beside it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { crcToken } from "../../test/support/tokens.ts";
import { GLANCE_FLAGS } from "../../src/cli/hook/script.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "25" }, rules: { type: "string" } } });
const PROGRAM = resolve("dist/patrol.cjs");
const FILES = 10;
const LINES = 150;

const folder = mkdtempSync(join(tmpdir(), "patrol-start-"));
/** The same repository with a configuration of its own. */
const configured = `${folder}-configured`;
/** And one in which a secret is staged. */
const stopped = `${folder}-stopped`;
const OWN_RULES = `[extend]
useDefault = true
[[rules]]
id = "ticket"
regex = '''TICKET-[0-9A-F]{12}'''
[[allowlists]]
paths = ['''(^|/)vendor/''']
`;
const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...args], { cwd: folder });

/** Code of an ordinary kind, other in each file: about 7 KB. */
const source = (file: number, edit: string) =>
  Array.from(
    { length: LINES },
    (_, line) => `export const value${file}x${line} = compute(options.first, "${edit}", ${line});\n`,
  ).join("");

interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

function spread(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  return { least: sorted[0] ?? NaN, median: sorted[sorted.length >> 1] ?? NaN, most: sorted.at(-1) ?? NaN };
}

/** As on most machines: with certificates to read (NODE_EXTRA_CA_CERTS) an empty file takes Node.js two or three times as long. */
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...others } = process.env;
const env = { ...others, XDG_CACHE_HOME: `${folder}-cache` };

function timed(program: string, args: readonly string[], cwd = folder, expected = 0): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, args, { cwd, encoding: "utf8", env });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== expected) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
  return ms;
}

try {
  git("init", "--quiet");
  const write = (edit: string) => {
    for (let file = 0; file < FILES; file++) writeFileSync(join(folder, `file-${file}.ts`), source(file, edit));
  };
  write("before");
  git("add", ".");
  git("commit", "--quiet", "--message", "First");
  write("after");
  git("add", ".");
  writeFileSync(join(folder, "empty.cjs"), "");
  execFileSync(process.execPath, [PROGRAM, "hook", "install", "--type", "pre-commit"], {
    cwd: folder,
    env,
    stdio: "ignore",
  });
  cpSync(folder, configured, { recursive: true });
  writeFileSync(join(configured, ".gitleaks.toml"), values.rules ? readFileSync(values.rules) : OWN_RULES);
  // Rules are compiled for the first look when they are seen again.
  for (let time = 0; time < 2; time++) timed(process.execPath, [PROGRAM, "hook", "run", "pre-commit"], configured);
  cpSync(folder, stopped, { recursive: true });
  writeFileSync(join(stopped, "file-0.ts"), `const key = "${crcToken(1)}";\n`);
  execFileSync("git", ["add", "file-0.ts"], { cwd: stopped });
  const glance = [...GLANCE_FLAGS, PROGRAM, "hook", "glance", "pre-commit"];
  const runs: Readonly<
    Record<string, readonly [program: string, args: readonly string[], folder?: string, status?: number]>
  > = {
    empty: [process.execPath, ["empty.cjs"]],
    hook: [process.execPath, glance],
    own: [process.execPath, glance, configured],
    byHand: [process.execPath, [PROGRAM, "git", "--staged"]],
    script: [join(folder, ".git/hooks/pre-commit"), []],
    stopped: [join(stopped, ".git/hooks/pre-commit"), [], stopped, 1],
  };
  const times: Record<string, number[]> = {};
  for (let run = 0; run < Number(values.runs); run++)
    for (const [name, one] of Object.entries(runs)) (times[name] ??= []).push(timed(...one));
  const [empty, hook, own, byHand, script, refused] = Object.keys(runs).map((name) => spread(times[name] ?? []));
  if (!empty || !hook || !own || !byHand || !script || !refused) throw new Error("nothing was timed");
  const show = ({ least, median, most }: Spread) =>
    `least ${least.toFixed(1)} ms, median ${median.toFixed(1)}, most ${most.toFixed(1)}`;
  console.log(`node empty.cjs         ${show(empty)}`);
  console.log(`the hook's program     ${show(hook)}`);
  console.log(`with own rules         ${show(own)}`);
  console.log(`the hook, by sh        ${show(script)}`);
  console.log(`stopped, by sh         ${show(refused)}`);
  console.log(`patrol git --staged    ${show(byHand)}`);
  const ratios = {
    hook_vs_empty_node: Math.round((100 * hook.least) / empty.least) / 100,
    hook_vs_empty_node_by_medians: Math.round((100 * hook.median) / empty.median) / 100,
    own_configuration_vs_empty_node: Math.round((100 * own.least) / empty.least) / 100,
    own_configuration_vs_empty_node_by_medians: Math.round((100 * own.median) / empty.median) / 100,
    stopped_commit_vs_empty_node: Math.round((100 * refused.least) / empty.least) / 100,
  };
  console.log(JSON.stringify({ bench: "start", ratios, counts: { runs: Number(values.runs) } }));
} finally {
  for (const path of [folder, configured, stopped, `${folder}-cache`]) rmSync(path, { recursive: true, force: true });
}
