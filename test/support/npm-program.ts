import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";

/**
 * A program of the npm registry that is no dependency of ours, because its install script would set up hooks in this very
 * repository: installed once, without scripts, where caches lie. Gives the folder of its programs.
 */
export function npmProgram(name: string, version: string): string {
  const folder = resolve("node_modules/.cache/patrol-tests", `${name}-${version}`);
  const programs = resolve(folder, "node_modules/.bin");
  if (!existsSync(resolve(programs, name))) {
    mkdirSync(folder, { recursive: true });
    const flags = ["--ignore-scripts", "--no-save", "--no-audit", "--no-fund", "--prefer-offline", "--prefix", folder];
    execFileSync("npm", ["install", ...flags, `${name}@${version}`], { stdio: ["ignore", "ignore", "inherit"] });
  }
  return programs;
}
