import { parse } from "./arguments.ts";
import { type AdministrationCommand, table } from "./command.ts";

/** `patrol delivery`: the inbox. */
export const delivery: AdministrationCommand = {
  list: {
    usage: "patrol delivery list",
    run: async (args, { call, terminal }) => {
      parse(delivery["list"]!.usage, args);
      const rows = await call("listDeliveries", {});
      const lines = rows.map((row) => [
        row.id,
        row.event,
        row.state,
        row.received_at,
        String(row.attempts),
        String(row.skipped?.length ?? 0),
        row.error ?? "",
      ]);
      const heading = ["DELIVERY", "EVENT", "STATE", "RECEIVED", "ATTEMPTS", "NOT SCANNED", "ERROR"];
      for (const line of table([heading, ...lines])) terminal.out(line);
    },
  },
  replay: {
    usage: "patrol delivery replay ID",
    run: async (args, { call, terminal }) => {
      const given = parse(delivery["replay"]!.usage, args, {}, 1);
      const replayed = await call("replayDelivery", { id: given.positional(0, "ID") });
      terminal.note(`Delivery ${replayed.id} is handled again.`);
    },
  },
};
