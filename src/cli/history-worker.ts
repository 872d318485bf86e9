// A thread of a history scan: picks the engine as the command line does, then works off its share.
import { parentPort, workerData } from "node:worker_threads";
import { withEngine } from "../config/engine.ts";
import { checkedRulebook } from "../engine/rulebook.ts";
import { runFamilyWorker } from "../sources/git/scan/family-worker.ts";
import type { FamilyTask } from "../sources/git/scan/family-workers.ts";

const task = workerData as FamilyTask;
// Checked by who started the thread.
const rulebook = checkedRulebook(task.rules);
if (parentPort !== null) void runFamilyWorker(parentPort, task, task.isFast ? withEngine(rulebook) : rulebook);
