import { PatrolError } from "../../model/errors.ts";
import type { Arguments } from "../usage/arguments.ts";

/** What gitleaks takes beside --staged and --pre-commit without a word, though it changes nothing there. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "log-opts": "chooses commits of a history",
  platform: "links to commits of a history",
};
/** Ours alone, so that no script has them for gitleaks' sake. */
const REFUSED = ["since-commit", "cache", "allow-empty", "allow-shallow"];

/**
 * Flags for histories beside those for what is not committed yet: sentences on those that were left out.
 *
 * @throws PatrolError `usage-invalid` for those that nobody has to accept.
 */
export function besideStaged(args: Arguments): string[] {
  const refused = REFUSED.find((name) => args.has(name));
  if (refused !== undefined) {
    const staged = ["staged", "pre-commit"]
      .filter((name) => args.given.includes(name) && args.has(name))
      .map((name) => `--${name}`);
    throw new PatrolError(
      "usage-invalid",
      `--${refused} is for histories; leave out ${staged.join(" and ") || "protect"} to scan one, or the flag to scan what is staged`,
    );
  }
  return Object.entries(LEFT_OUT)
    .filter(([name]) => args.text(name))
    .map(([name, says]) => `--${name} ${says}, and was left out`);
}
