import { PatrolError } from "../../model/errors.ts";
import type { PolicyMode } from "../../model/policy.ts";
import { parse, wholeNumber } from "./arguments.ts";
import type { AdministrationCommand } from "./command.ts";

/** `patrol policy`: what happens to a leaked token. */
export const policy: AdministrationCommand = {
  show: {
    usage: "patrol policy show --org NAME",
    run: async (args, { call, terminal }) => {
      const given = parse(policy["show"]!.usage, args, { org: { type: "string" } });
      const shown = await call("showPolicy", { organization: given.required("org") });
      terminal.out(`${shown.organization}: ${shown.mode}, grace ${shown.graceHours} h, version ${shown.version}`);
    },
  },
  set: {
    usage: "patrol policy set --org NAME --mode immediate|grace|notify_only [--grace-hours N]",
    run: async (args, { call, terminal }) => {
      const flags = { org: { type: "string" }, mode: { type: "string" }, "grace-hours": { type: "string" } } as const;
      const given = parse(policy["set"]!.usage, args, flags);
      const hours = given.flag("grace-hours");
      const changed = await call("changePolicy", {
        organization: given.required("org"),
        mode: mode(given.flag("mode")),
        graceHours: hours === undefined ? undefined : wholeNumber(hours, "grace-hours"),
      });
      terminal.note(
        `${changed.organization}: ${changed.mode}, grace ${changed.graceHours} h, version ${changed.version}`,
      );
    },
  },
};

function mode(text: string | undefined): PolicyMode | undefined {
  if (text === undefined || text === "immediate" || text === "grace" || text === "notify_only") return text;
  throw new PatrolError("usage-invalid", `--mode takes immediate, grace or notify_only, not "${text}".`);
}
