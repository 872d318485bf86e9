/** A process that takes a job and never ends it. Arguments: the URL of Redis, the prefix of its keys. */
import { openBullmqQueue } from "../../src/queue/bullmq/bullmq-queue.ts";
import { jobKey } from "../../src/queue/jobs.ts";
import { keptLog } from "../support/kept-log.ts";

const [, , url = "", prefix = ""] = process.argv;
const queue = await openBullmqQueue({ url, prefix, log: keptLog() });
await queue.consume(
  async (job) => {
    process.send?.(jobKey(job));
    await new Promise(() => {});
  },
  { concurrency: 1 },
);
