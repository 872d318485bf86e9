/**
 * `npm run bench:start -- [--runs N]`
 *
 * Whole processes: what an installed pre-commit hook runs, over ten staged files in a repository with one commit, against
 * Node.js starting an empty file, in turns, so that both see the same machine. `hook_vs_empty_node` is the ratio of the least
 * times. `patrol git --staged` by hand and the hook as `git` calls it, with its shell, are shown beside it.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { GLANCE_FLAGS } from "../../src/cli/hook/script.ts";

const { values } = parseArgs({ options: { runs: { type: "string", default: "25" } } });
const PROGRAM = resolve("dist/patrol.cjs");
const FILES = 10;
const LINES = 150;

const folder = mkdtempSync(join(tmpdir(), "patrol-start-"));
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
const { NODE_EXTRA_CA_CERTS: _, NODE_OPTIONS: __, ...env } = process.env;

function timed(program: string, args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8", env });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr}`);
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
  const runs: Readonly<Record<string, readonly [program: string, args: readonly string[]]>> = {
    empty: [process.execPath, ["empty.cjs"]],
    hook: [process.execPath, [...GLANCE_FLAGS, PROGRAM, "hook", "glance", "pre-commit"]],
    byHand: [process.execPath, [PROGRAM, "git", "--staged"]],
    script: [join(folder, ".git/hooks/pre-commit"), []],
  };
  const times: Record<string, number[]> = {};
  for (let run = 0; run < Number(values.runs); run++)
    for (const [name, [program, args]] of Object.entries(runs)) (times[name] ??= []).push(timed(program, args));
  const [empty, hook, byHand, script] = Object.keys(runs).map((name) => spread(times[name] ?? []));
  if (!empty || !hook || !byHand || !script) throw new Error("nothing was timed");
  const show = ({ least, median, most }: Spread) =>
    `least ${least.toFixed(1)} ms, median ${median.toFixed(1)}, most ${most.toFixed(1)}`;
  console.log(`node empty.cjs         ${show(empty)}`);
  console.log(`the hook's program     ${show(hook)}`);
  console.log(`the hook, by sh        ${show(script)}`);
  console.log(`patrol git --staged    ${show(byHand)}`);
  const ratios = {
    hook_vs_empty_node: Math.round((100 * hook.least) / empty.least) / 100,
    hook_vs_empty_node_by_medians: Math.round((100 * hook.median) / empty.median) / 100,
  };
  console.log(JSON.stringify({ bench: "start", ratios, counts: { runs: Number(values.runs) } }));
} finally {
  rmSync(folder, { recursive: true });
}
