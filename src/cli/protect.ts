import type { Run } from "./usage/command.ts";
import { git } from "./git.ts";

/** gitleaks' old name for the scan of what is not committed yet. */
export const protect: Run = (args, terminal) =>
  git(
    {
      ...args,
      has: (name) => name === "pre-commit" || args.has(name),
      positionals: [args.text("source") ?? args.positionals[0] ?? "."],
    },
    terminal,
  );
