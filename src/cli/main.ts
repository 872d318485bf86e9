/**
 * The `patrol` command. A hook that finds nothing is over after a first look; all else is in a bundle of its own.
 *
 * Exit codes: 0 nothing found; 1 (or --exit-code) findings; 2 something could not be scanned or done, whatever else was
 * found; 126 a flag that does not exist, as gitleaks has it.
 */
import { setFlagsFromString } from "node:v8";
import { glance } from "./glance.ts";
import { writeOut } from "./terminal.ts";

/** A hook starts without WebAssembly's optimiser (hook/script.ts), which longer work cannot do without. */
function optimise(): void {
  for (const flag of ["--no-liftoff-only", "--wasm-tier-up", "--wasm-dynamic-tiering"]) setFlagsFromString(flag);
}

const words = process.argv.slice(2);
const clean = glance(words, process.env);
if (clean === undefined) {
  if (process.execArgv.includes("--liftoff-only")) optimise();
  void import("./command-line.ts").then(({ main }) => main(words));
} else writeOut(2, clean);
