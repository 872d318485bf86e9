import { PatrolError } from "../model/errors.ts";
import { nearest } from "./usage/arguments.ts";
import type { Run } from "./usage/command.ts";

const COMMANDS: Readonly<Record<string, () => Promise<Run>>> = {
  list: async () => (await import("./rules/list.ts")).listRules,
  test: async () => (await import("./rules/test.ts")).testRules,
  explain: async () => (await import("./rules/explain.ts")).explainPlace,
};

/** Picks the sub-command that the first word names. Throws `usage-invalid` for a word that names none. */
export async function subcommand(
  group: string,
  name: string | undefined,
  commands: Readonly<Record<string, () => Promise<Run>>>,
): Promise<Run> {
  const load = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return await load();
  const known = Object.keys(commands);
  const meant = name === undefined ? undefined : nearest(name, known);
  const said = name === undefined ? "a word is missing" : `there is no patrol ${group} ${name}`;
  throw new PatrolError(
    "usage-invalid",
    `${said}; ${meant ? `did you mean patrol ${group} ${meant}?` : `there is patrol ${group} ${known.join(", ")}`}`,
  );
}

/** How many words may follow each. What nobody looks at is no success. */
const MOST_WORDS: Readonly<Record<string, number>> = { list: 0, test: 1, explain: 1 };

/** `patrol rules list | test | explain`. */
export const rules: Run = async (args, terminal) => {
  const [name = "", ...words] = args.positionals;
  const run = await subcommand("rules", args.positionals[0], COMMANDS);
  const most = MOST_WORDS[name] ?? 0;
  if (words.length > most)
    throw new PatrolError(
      "usage-invalid",
      `patrol rules ${name} takes ${most === 0 ? "nothing more" : "one file"}, not ${words.length}`,
    );
  return await run(args, terminal);
};
