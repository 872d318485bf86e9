import { PatrolError } from "../../model/errors.ts";
import { parse } from "./arguments.ts";
import type { AdministrationCommand } from "./command.ts";

/** `patrol audit`: the log and its proof. */
export const audit: AdministrationCommand = {
  verify: {
    usage: "patrol audit verify",
    run: async (args, { call, terminal }) => {
      parse(audit["verify"]!.usage, args);
      const broken: string[] = [];
      for (const report of await call("verifyAudit", {})) {
        if (report.ok) terminal.out(`${report.organization}: ${report.events} events, unbroken`);
        else broken.push(`${report.organization}: broken at event ${report.brokenAt}: ${report.because}`);
      }
      if (broken.length > 0) throw new PatrolError("audit-chain-broken", broken.join("\n"));
    },
  },
};
