import { parse, wholeNumber } from "./arguments.ts";
import { type AdministrationCommand, table } from "./command.ts";

const DEFAULT_DAYS = "30";

/** `patrol token`: the life of personal access tokens. */
export const token: AdministrationCommand = {
  create: {
    usage: "patrol token create --org NAME --owner ADDRESS --name TEXT --scopes SCOPES [--days N]",
    run: async (args, { call, terminal }) => {
      const given = parse(token["create"]!.usage, args, {
        org: { type: "string" },
        owner: { type: "string" },
        name: { type: "string" },
        scopes: { type: "string" },
        days: { type: "string", default: DEFAULT_DAYS },
      });
      const made = await call("createToken", {
        organization: given.required("org"),
        owner: given.required("owner"),
        name: given.required("name"),
        scopes: given
          .required("scopes")
          .split(/[\s,]+/)
          .filter(Boolean),
        days: wholeNumber(given.required("days"), "days"),
      });
      for (const remark of made.remarks) terminal.note(remark);
      terminal.note(`Token ${made.id} of ${made.owner} until ${made.expiresAt}. It is shown this once:`);
      terminal.out(made.token);
    },
  },
  list: {
    usage: "patrol token list --org NAME",
    run: async (args, { call, terminal }) => {
      const given = parse(token["list"]!.usage, args, { org: { type: "string" } });
      const rows = await call("listTokens", { organization: given.required("org") });
      const lines = rows.map((row) => [row.id, row.state, row.hint, row.name, row.scopes.join(" "), row.expiresAt]);
      for (const line of table([["ID", "STATE", "TOKEN", "NAME", "SCOPES", "EXPIRES"], ...lines])) terminal.out(line);
    },
  },
  revoke: {
    usage: "patrol token revoke ID",
    run: async (args, { call, terminal }) => {
      const given = parse(token["revoke"]!.usage, args, {}, 1);
      const revoked = await call("revokeToken", { id: given.positional(0, "ID") });
      terminal.note(`Token ${revoked.id} is revoked.`);
    },
  },
};
