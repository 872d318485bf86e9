import { PatrolError } from "../../model/errors.ts";
import { nearest, type Arguments } from "../usage/arguments.ts";
import type { Run } from "../usage/command.ts";
import { SCAN_FLAGS } from "../usage/flags.ts";

/** What means something to every action, or nothing to any. */
const HARMLESS = ["help", "version", "no-banner", "no-color"];
const SCANNING = SCAN_FLAGS.map(({ name }) => name);

interface Action {
  readonly takes: readonly string[];
  /** Whether words stand behind it. */
  readonly hasOperands?: boolean;
  readonly load: () => Promise<Run>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  install: { takes: ["global", "type"], load: async () => (await import("./install.ts")).install },
  uninstall: { takes: ["global", "type"], load: async () => (await import("./install.ts")).uninstall },
  doctor: { takes: ["type"], load: async () => (await import("./doctor.ts")).doctor },
  run: {
    takes: ["no-bypass", ...SCANNING],
    hasOperands: true,
    load: async () => (await import("./run.ts")).runHook,
  },
  agent: {
    takes: ["config", "enable-rule", "max-decode-depth", "verify"],
    load: async () => (await import("./agent.ts")).agent,
  },
};

/** A flag or word that nobody reads would be taken for something that holds from now on. */
function refuse(action: string, { takes, hasOperands }: Action, { given, positionals: [, word] }: Arguments): void {
  const flag = given.find((name) => !takes.includes(name) && !HARMLESS.includes(name));
  if (flag !== undefined) {
    const way =
      flag === "type"
        ? "the type is a word: patrol hook run pre-commit"
        : action === "agent" || action === "run"
          ? "`patrol help hook` says what is for what"
          : SCANNING.includes(flag)
            ? "what is for the scan stands in the hook itself, behind `patrol_hook pre-commit`"
            : `it takes ${takes.map((name) => `--${name}`).join(" and ")}`;
    throw new PatrolError("usage-invalid", `patrol hook ${action} takes no --${flag}; ${way}`);
  }
  if (word === undefined || hasOperands) return;
  const way = takes.includes("type") ? "; --type chooses hooks: pre-commit, pre-push or pre-receive" : "";
  throw new PatrolError("usage-invalid", `patrol hook ${action} takes no ${JSON.stringify(word)}${way}`);
}

/** Hooks: installing them, looking after them, being one. */
export const hook: Run = async (args, terminal) => {
  const [action = ""] = args.positionals;
  const known = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (known === undefined) {
    const names = Object.keys(ACTIONS);
    const meant = nearest(action, names);
    throw new PatrolError(
      "usage-invalid",
      `patrol hook takes ${names.join(", ")}${action === "" ? "" : `, not ${JSON.stringify(action)}`}${meant ? `; did you mean ${meant}?` : ""}`,
    );
  }
  refuse(action, known, args);
  return await (
    await known.load()
  )(args, terminal);
};
