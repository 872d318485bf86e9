import { openApp } from "../../app.ts";
import { loadConfig } from "../../config/config.ts";
import { PatrolError } from "../../model/errors.ts";
import { parse } from "./arguments.ts";
import type { ProcessCommand } from "./command.ts";
import { startWork, untilStopped } from "./service.ts";

/** `patrol worker`: does the work of a service whose database is a server. Any number may run. */
export const worker: ProcessCommand = {
  usage: "patrol worker",
  run: async (args, terminal) => {
    parse(worker.usage, args);
    const config = loadConfig(process.env, process.cwd());
    if (!config.databaseUrl)
      throw new PatrolError(
        "setting-invalid",
        "DATABASE_URL is not set: the embedded database has room for one process, and `patrol serve` works by itself.",
      );
    const app = await openApp(config);
    try {
      const running = await startWork(app);
      terminal.out("Patrol works.");
      await untilStopped();
      await running.stop();
    } finally {
      await app.close();
    }
  },
};
