import { openStorage } from "../../app.ts";
import { loadConfig } from "../../config/config.ts";
import { parse } from "./arguments.ts";
import type { ProcessCommand } from "./command.ts";

/** `patrol migrate`: brings the database to this version. `serve` and `worker` do it too, when they start. */
export const migrate: ProcessCommand = {
  usage: "patrol migrate",
  run: async (args, terminal) => {
    parse(migrate.usage, args);
    const { close } = await openStorage(loadConfig(process.env, process.cwd()));
    await close();
    terminal.note("The database is up to date.");
  },
};
