/**
 * The service in a process of its own, which kills itself with SIGKILL at one step of the river. Arguments: what it does
 * (`serve`, `worker`), and the step; without a step it lives. Settings come from the environment, as always.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { openApp } from "../../src/app.ts";
import { startHttp, startWork } from "../../src/cli/service/service.ts";
import { loadConfig } from "../../src/config/config.ts";

const [, , role = "serve", step = ""] = process.argv;
const die = () => process.kill(process.pid, "SIGKILL");
const config = loadConfig(process.env, process.cwd());
const app = await openApp(config, {
  observe: (event) => {
    if (event.step === step) die();
  },
});
if (step === "offered") {
  const offer = app.queue.offer.bind(app.queue);
  app.queue.offer = async (job) => {
    // On a busy machine Redis may be late, and an offer is given up then: the service lives with that, this step does not.
    for (;;) {
      const isTaken = await offer(job).then(
        () => true,
        () => false,
      );
      if (isTaken) die();
      await sleep(50);
    }
  };
}
if (role === "worker" || config.redisUrl === undefined) await startWork(app);
const http = role === "worker" ? undefined : await startHttp(app);
process.stdout.write(`${JSON.stringify({ url: http?.url ?? null })}\n`);
