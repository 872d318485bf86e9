import { parse } from "./arguments.ts";
import type { AdministrationCommand } from "./command.ts";

/** `patrol admin`: who may use the page and the API. */
export const admin: AdministrationCommand = {
  token: {
    usage: "patrol admin token [--name TEXT]",
    run: async (args, { call, terminal }) => {
      const given = parse(admin["token"]!.usage, args, { name: { type: "string", default: "administrator" } });
      const made = await call("createAdministrator", { name: given.required("name") });
      terminal.note(`Administrator token of "${made.name}". It is shown this once:`);
      terminal.out(made.token);
    },
  },
};
