/**
 * `npm run bench:tree -- [--tree FOLDER] [--rules TOML] [--runs N]`
 *
 * Whole processes over the same work tree: `patrol dir` against `rg -j1` looking for one literal (CPU time, one thread
 * each), and against `rg` with all its threads (wall time, all of ours); and what a program of Node.js takes that only lists and reads
 * (floor.ts). The least of the runs counts. Without --tree it is this project's node_modules.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import { LARGEST_FILE, readInto, reusedBuffer } from "../../src/sources/files/read.ts";
import { walk } from "../../src/sources/files/walk.ts";

const { values } = parseArgs({
  options: {
    tree: { type: "string", default: "node_modules" },
    rules: { type: "string" },
    runs: { type: "string", default: "3" },
  },
});

/** Seconds of CPU and of wall time, the least of all runs, each on its own. `found` is what ends with code 1. */
function measure(command: string, args: readonly string[]): { cpu: number; wall: number } {
  const least = { cpu: Infinity, wall: Infinity };
  for (let run = 0; run < Number(values.runs); run++) {
    const script = 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>/dev/null';
    const { stderr } = spawnSync("bash", ["-c", script, "bash", command, ...args], { encoding: "utf8" });
    const [user = NaN, system = NaN, wall = NaN] = stderr.trim().split(/\s+/).map(Number);
    least.cpu = Math.min(least.cpu, user + system);
    least.wall = Math.min(least.wall, wall);
  }
  return least;
}

/** `floor.ts` as a program of its own, with the threads that are asked for. */
function measureFloor(threads: string): { cpu: number; wall: number } {
  const folder = mkdtempSync(join(tmpdir(), "patrol-bench-"));
  try {
    const outfile = join(folder, "floor.cjs");
    buildSync({ entryPoints: ["bench/tree/floor.ts"], outfile, bundle: true, platform: "node", format: "cjs" });
    return measure(process.execPath, [outfile, values.tree, threads]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What every scanner has to do before it scans: list the tree and read it. Also warms the page cache. */
function readOnly() {
  const reserve = reusedBuffer();
  const start = process.cpuUsage();
  const counts = { files: 0, bytes: 0 };
  for (const entry of walk(values.tree, { skipped: () => undefined })) {
    const bytes = readInto(entry, reserve, LARGEST_FILE);
    counts.files++;
    counts.bytes += "why" in bytes ? 0 : bytes.length;
  }
  const { user, system } = process.cpuUsage(start);
  return { ...counts, cpu: (user + system) / 1e6 };
}

execFileSync(process.execPath, ["scripts/build.mjs"]);
readOnly();
const reading = readOnly();
// No file is left out by either: rg neither skips ignored and hidden files nor stops at a NUL.
const rgArgs = ["--no-ignore", "--hidden", "--text", "--count", "no-such-literal-anywhere", values.tree];
const rgOne = measure("rg", ["-j1", ...rgArgs]);
const rgAll = measure("rg", rgArgs);
const floorOne = measureFloor("1");
const floorTwo = measureFloor("2");
const patrolArgs = ["dist/patrol.cjs", "dir", ...(values.rules ? ["-c", values.rules] : []), values.tree];
const patrolOne = measure(process.execPath, [...patrolArgs, "--threads", "1"]);
const patrolAll = measure(process.execPath, patrolArgs);

const seconds = (value: number) => `${value.toFixed(2)} s`;
console.log(`tree: ${values.tree}, ${reading.files} files, ${(reading.bytes / 1e6).toFixed(1)} MB`);
console.log(`walk and read alone, in Node: ${seconds(reading.cpu)} CPU`);
console.log(`rg -j1, one literal: ${seconds(rgOne.cpu)} CPU; rg: ${seconds(rgAll.wall)} wall`);
console.log(
  `list and read alone, as a program of Node: ${seconds(floorOne.cpu)} CPU with one thread; ${seconds(floorTwo.wall)} wall with two`,
);
console.log(`patrol dir: ${seconds(patrolOne.cpu)} CPU with one thread; ${seconds(patrolAll.wall)} wall with all`);
const round = (value: number) => Math.round(value * 100) / 100;
console.log(
  JSON.stringify({
    bench: "tree",
    ratios: {
      cpu_vs_rg: round(patrolOne.cpu / rgOne.cpu),
      wall_two_cores_vs_rg: round(patrolAll.wall / rgAll.wall),
      floor_cpu_vs_rg: round(floorOne.cpu / rgOne.cpu),
      floor_wall_two_cores_vs_rg: round(floorTwo.wall / rgAll.wall),
    },
    counts: { files: reading.files, bytes: reading.bytes },
  }),
);
