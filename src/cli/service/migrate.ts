import { openStorage } from "../../app.ts";
import { loadConfig } from "../../config/config.ts";
import { parse } from "./arguments.ts";
import type { Terminal } from "./command.ts";

/** `patrol migrate`: brings the database to this version. `serve` and `worker` do it too, when they start. */
export async function migrateDatabase(args: readonly string[], terminal: Terminal): Promise<void> {
  parse("patrol migrate", args);
  const { close } = await openStorage(loadConfig(process.env, process.cwd()));
  await close();
  terminal.note("The database is up to date.");
}
