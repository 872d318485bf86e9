import { parse } from "./arguments.ts";
import { type AdministrationCommand, table } from "./command.ts";

/** `patrol incident`: tokens that leaked. */
export const incident: AdministrationCommand = {
  list: {
    usage: "patrol incident list",
    run: async (args, { call, terminal }) => {
      parse(incident["list"]!.usage, args);
      const rows = await call("listIncidents", {});
      const lines = rows.map((row) => [
        row.id,
        row.organization,
        row.tokenName,
        row.tokenHint,
        row.owner,
        String(row.leakCount),
        row.revokedAt ? `revoked ${row.revokedAt}` : row.revokeAt ? `revokes ${row.revokeAt}` : row.action,
      ]);
      const heading = ["INCIDENT", "ORGANIZATION", "NAME", "TOKEN", "OWNER", "LEAKS", "STATE"];
      for (const line of table([heading, ...lines])) terminal.out(line);
    },
  },
};
