import { PatrolError } from "../../model/errors.ts";
import { nearest } from "../arguments.ts";
import type { Run } from "../command.ts";

const ACTIONS: Readonly<Record<string, () => Promise<Run>>> = {
  install: async () => (await import("./install.ts")).install,
  uninstall: async () => (await import("./install.ts")).uninstall,
  doctor: async () => (await import("./doctor.ts")).doctor,
  run: async () => (await import("./run.ts")).runHook,
  agent: async () => (await import("./agent.ts")).agent,
};

/** Hooks: installing them, looking after them, being one. */
export const hook: Run = async (args, terminal) => {
  const [action = ""] = args.positionals;
  const load = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (load === undefined) {
    const names = Object.keys(ACTIONS);
    const meant = nearest(action, names);
    throw new PatrolError(
      "usage-invalid",
      `patrol hook takes ${names.join(", ")}${action === "" ? "" : `, not ${JSON.stringify(action)}`}${meant ? `; did you mean ${meant}?` : ""}`,
    );
  }
  return await (
    await load()
  )(args, terminal);
};
