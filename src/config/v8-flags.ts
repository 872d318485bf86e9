// Flags of V8 that are set while the process runs. They hold for all its threads.
import { setFlagsFromString } from "node:v8";

/** Node 20 optimises WebAssembly early, roughly after so many bytes of it were run; later versions have seven times the budget. */
const TIERING_BUDGET = process.versions.node.startsWith("20.") ? 1_800_000 : 13_000_000;

const resets = new Set<string>();

/** @param reset the flag that takes it back. */
export function setV8Flag(flag: string, reset: string): void {
  resets.add(reset);
  setFlagsFromString(flag);
}

/** Modules that are compiled from here on are optimised after so much of them was run; left out: V8's own. */
export function setTieringBudget(budget = TIERING_BUDGET): void {
  setV8Flag(`--wasm-tiering-budget=${budget}`, `--wasm-tiering-budget=${TIERING_BUDGET}`);
}

/** V8 takes kept code only under the flags that it was made under, which for a process that starts are its first. */
export function resetV8Flags(): void {
  for (const flag of resets) setFlagsFromString(flag);
}
