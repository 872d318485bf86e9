/**
 * `npm run bench:start -- [--runs N]`
 *
 * Whole processes: `patrol git --staged` over ten staged files in a repository with one commit, against Node.js starting
 * an empty file, in turns, so that both see the same machine. Prints `hook_vs_empty_node`, the ratio of the least times.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

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

function timed(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
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
  const times = { empty: [] as number[], hook: [] as number[] };
  for (let run = 0; run < Number(values.runs); run++) {
    times.empty.push(timed(["empty.cjs"]));
    times.hook.push(timed([PROGRAM, "git", "--staged"]));
  }
  const [empty, hook] = [spread(times.empty), spread(times.hook)];
  const show = ({ least, median, most }: Spread) =>
    `least ${least.toFixed(1)} ms, median ${median.toFixed(1)}, most ${most.toFixed(1)}`;
  console.log(`node empty.cjs         ${show(empty)}`);
  console.log(`patrol git --staged    ${show(hook)}`);
  console.log(`by medians             ${(hook.median / empty.median).toFixed(2)}`);
  console.log(`hook_vs_empty_node     ${(hook.least / empty.least).toFixed(2)}`);
} finally {
  rmSync(folder, { recursive: true });
}
