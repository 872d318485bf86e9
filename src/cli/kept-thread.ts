// A thread of a history scan out of the whole program, whose code is kept. V8's flags are as at the start until it has told that it runs,
// so that V8 takes the code here too.
import { parentPort, workerData } from "node:worker_threads";
import type { KeptThread } from "../disk/start-thread.ts";
import type { WorkerSetup } from "../sources/git/scan/family-workers.ts";
import { loadScript } from "./start/code-cache.ts";

const { use, setup } = workerData as KeptThread;
const all = loadScript<typeof import("./command-line.ts")>(`${__dirname}/command-line.cjs`, process.env, use);
if (parentPort !== null) void all.exports.runHistoryThread(parentPort, setup as WorkerSetup);
