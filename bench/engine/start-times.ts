import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";

const RUNS = 3;
const PROGRAM = "dist/bench-start.mjs";

/**
 * CPU seconds until a process is ready to scan with rules that a user brings: the first time, when they have to be compiled,
 * and later, when they lie in the cache. Each in a process of its own, as on the command line; the least of some.
 */
export function startTimes(rules: string | undefined): { readonly cold: number; readonly warm: number } {
  // As it is shipped: what loads sources as they are costs time of its own.
  buildSync({
    entryPoints: ["bench/engine/start.ts"],
    outfile: PROGRAM,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    packages: "external",
    logLevel: "warning",
  });
  const least = { cold: Infinity, warm: Infinity };
  const folder = mkdtempSync(join(tmpdir(), "patrol-bench-cache-"));
  try {
    for (let run = 0; run < RUNS; run++) {
      const cache = join(folder, String(run));
      for (const kind of ["cold", "warm"] as const) least[kind] = Math.min(least[kind], startTime(rules, cache));
    }
  } finally {
    rmSync(folder, { recursive: true });
    rmSync(PROGRAM);
  }
  return least;
}

function startTime(rules: string | undefined, cache: string): number {
  const args = [PROGRAM, ...(rules === undefined ? [] : ["--rules", rules])];
  const env = { ...process.env, XDG_CACHE_HOME: cache };
  return Number(execFileSync(process.execPath, args, { env, encoding: "utf8" }));
}
