import { parse } from "./arguments.ts";
import type { AdministrationCommand } from "./command.ts";

/** `patrol org`: whose tokens they are. */
export const organization: AdministrationCommand = {
  create: {
    usage: "patrol org create NAME",
    run: async (args, { call, terminal }) => {
      const given = parse(organization["create"]!.usage, args, {}, 1);
      const made = await call("createOrganization", { name: given.positional(0, "NAME") });
      terminal.note(`Organization ${made.name} is made; its policy revokes leaked tokens at once.`);
    },
  },
  list: {
    usage: "patrol org list",
    run: async (args, { call, terminal }) => {
      parse(organization["list"]!.usage, args);
      for (const row of await call("listOrganizations", {})) terminal.out(row.name);
    },
  },
};
