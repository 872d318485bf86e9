import type { Run } from "./usage/command.ts";
import { scanPaths } from "./dir.ts";
import { git } from "./git.ts";
import { stdin } from "./stdin.ts";

/** gitleaks' old name for three commands. */
export const detect: Run = (args, terminal) => {
  if (args.has("pipe")) return stdin(args, terminal);
  // gitleaks scans the current folder when a path is given without --source, and says it is clean.
  const source = args.text("source") ?? args.positionals[0] ?? ".";
  if (args.has("no-git")) return scanPaths([source], args, terminal);
  return git({ ...args, positionals: [source] }, terminal);
};
