import { LARGEST_FILE } from "../../sources/files/read.ts";
import type { Arguments } from "../usage/arguments.ts";

/** The largest file that is to be scanned, in bytes; undefined when nobody set a limit. */
export const maxBytesAsked = (args: Arguments): number | undefined => {
  const megabytes = args.number("max-target-megabytes") ?? 0;
  return megabytes > 0 ? megabytes * 1_000_000 : undefined;
};

/** The largest file that is to be scanned and can be. */
export const maxBytes = (args: Arguments): number => Math.min(maxBytesAsked(args) ?? Infinity, LARGEST_FILE);
