import type { Run } from "./usage/command.ts";
import type { CommandName } from "./usage/commands.ts";

/** One line to find a command's file, which is read when the command is called. What the service needs is a bundle of its own. */
const LOADERS: Readonly<Record<CommandName, () => Promise<Run>>> = {
  git: async () => (await import("./git.ts")).git,
  dir: async () => (await import("./dir.ts")).dir,
  directory: async () => (await import("./dir.ts")).dir,
  file: async () => (await import("./dir.ts")).dir,
  stdin: async () => (await import("./stdin.ts")).stdin,
  hook: async () => (await import("./hook/hook.ts")).hook,
  detect: async () => (await import("./detect.ts")).detect,
  protect: async () => (await import("./protect.ts")).protect,
  rules: async () => (await import("./rules.ts")).rules,
  ignore: async () => (await import("./ignore.ts")).ignore,
  baseline: async () => (await import("./baseline.ts")).baseline,
  import: async () => (await import("./import.ts")).importFrom,
  receipt: async () => (await import("./receipt.ts")).receipt,
  completion: async () => (await import("./usage/completion.ts")).completion,
  manual: async () => (await import("./usage/manual.ts")).manual,
  version: async () => (await import("./version.ts")).version,
  help: async () => (await import("./usage/help.ts")).help,
};

/** The command's own code. */
export const load = async (name: CommandName): Promise<Run> => await LOADERS[name]();
