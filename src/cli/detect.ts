import type { Run } from "./command.ts";
import { scanPaths } from "./dir.ts";
import { git } from "./git.ts";
import { stdin } from "./stdin.ts";

/** gitleaks' old name for three commands. */
export const detect: Run = (args, terminal) => {
  if (args.has("pipe")) return stdin(args, terminal);
  if (args.has("no-git")) return scanPaths([args.text("source") ?? "."], args, terminal);
  return git({ ...args, positionals: [args.text("source") ?? "."] }, terminal);
};
