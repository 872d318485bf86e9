import { openApp } from "../../app.ts";
import { loadConfig } from "../../config/config.ts";
import { publicUrl } from "../../config/listen.ts";
import { createAdministrator, hasAdministrator } from "../../db/administrators.ts";
import { parse } from "./arguments.ts";
import type { ProcessCommand } from "./command.ts";
import { startHttp, startWork, untilStopped } from "./service.ts";

/**
 * `patrol serve`: answers HTTP; without REDIS_URL it also does the work, since then the queue is in this process. Prints
 * its address, and on the first start the administrator's token and the webhook secret.
 */
export const serve: ProcessCommand = {
  usage: "patrol serve",
  run: async (args, terminal) => {
    parse(serve.usage, args);
    const config = loadConfig(process.env, process.cwd());
    const address = publicUrl(config.listen);
    const app = await openApp(config);
    try {
      const http = await startHttp(app);
      const work = config.redisUrl ? undefined : await startWork(app);
      terminal.out(`Patrol listens on ${http.url}`);
      if (!(await hasAdministrator(app.db))) {
        const token = await createAdministrator(app.db, "administrator");
        terminal.out(`Administrator token (shown once): ${token.reveal()}`);
      }
      const { newWebhookSecret } = config.github;
      if (newWebhookSecret) terminal.out(`Webhook secret (shown once):      ${newWebhookSecret.reveal()}`);
      terminal.out(`Webhooks go to ${address}/webhooks/github; the page is ${address}/`);
      await untilStopped();
      await http.stop();
      await work?.stop();
    } finally {
      await app.close();
    }
  },
};
