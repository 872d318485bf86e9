// Flags of V8 that are set while the process runs. They hold for all its threads.
import { setFlagsFromString } from "node:v8";

const resets = new Set<string>();

/** @param reset the flag that takes it back. */
export function setV8Flag(flag: string, reset: string): void {
  resets.add(reset);
  setFlagsFromString(flag);
}

/** V8 takes kept code only under the flags that it was made under, which for a process that starts are its first. */
export function resetV8Flags(): void {
  for (const flag of resets) setFlagsFromString(flag);
}
