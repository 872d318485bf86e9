import { availableParallelism } from "node:os";
import type { Arguments } from "../usage/arguments.ts";

/** Each further thread holds the rules and a part of what is scanned; beyond some the memory is the bound. */
const MOST_UNASKED = 4;

/** How many threads may scan, where that pays. */
export function threadsOf(args: Arguments): number {
  const asked = args.number("threads") ?? 0;
  return asked > 0 ? asked : Math.min(MOST_UNASKED, availableParallelism());
}
