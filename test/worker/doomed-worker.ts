/** A worker process that begins a delivery and never ends it. Arguments: database, Redis, prefix of its keys, peppers. */
import { openPostgres } from "../../src/db/database.ts";
import { openBullmqQueue } from "../../src/queue/bullmq/bullmq-queue.ts";
import { startWorker } from "../../worker/main.ts";
import { keptLog } from "../support/kept-log.ts";

const [, , database = "", url = "", prefix = "", peppers = ""] = process.argv;
const log = keptLog();
await startWorker({
  db: openPostgres(database),
  queue: await openBullmqQueue({ url, prefix, log }),
  log,
  peppers: peppers.split(",").map((pepper) => {
    const colon = pepper.indexOf(":");
    return { id: pepper.slice(0, colon), key: Buffer.from(pepper.slice(colon + 1), "base64") };
  }),
  mask: (text) => text,
  handlePush: async (push) => {
    process.send?.(push.deliveryId);
    return await new Promise(() => {});
  },
  relay: async () => {},
  times: { leaseMs: 1_000, renewMs: 200 },
});
