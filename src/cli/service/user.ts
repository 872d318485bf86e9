import { PatrolError } from "../../model/errors.ts";
import { parse } from "./arguments.ts";
import type { AdministrationCommand } from "./command.ts";

type Role = "owner" | "administrator" | "member";

/** `patrol user`: who owns tokens and who hears of leaks. */
export const user: AdministrationCommand = {
  create: {
    usage: "patrol user create ADDRESS [--name TEXT] [--org NAME] [--role owner|administrator|member]",
    run: async (args, { call, terminal }) => {
      const flags = { name: { type: "string" }, org: { type: "string" }, role: { type: "string" } } as const;
      const given = parse(user["create"]!.usage, args, flags, 1);
      const made = await call("createUser", {
        email: given.positional(0, "ADDRESS"),
        name: given.flag("name"),
        organization: given.flag("org"),
        role: role(given.flag("role")),
      });
      terminal.note(`User ${made.email} is made.`);
    },
  },
  disable: {
    usage: "patrol user disable ADDRESS",
    run: async (args, { call, terminal }) => {
      const given = parse(user["disable"]!.usage, args, {}, 1);
      const changed = await call("disableUser", { email: given.positional(0, "ADDRESS") });
      terminal.note(`User ${changed.email} is disabled: no token of theirs is let in.`);
    },
  },
  enable: {
    usage: "patrol user enable ADDRESS",
    run: async (args, { call, terminal }) => {
      const given = parse(user["enable"]!.usage, args, {}, 1);
      const changed = await call("enableUser", { email: given.positional(0, "ADDRESS") });
      terminal.note(`User ${changed.email} is enabled; tokens that were not revoked work again.`);
    },
  },
};

function role(text: string | undefined): Role | undefined {
  if (text === undefined || text === "owner" || text === "administrator" || text === "member") return text;
  throw new PatrolError("usage-invalid", `--role takes owner, administrator or member, not "${text}".`);
}
