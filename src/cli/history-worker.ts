// A thread of a history scan: picks the engine as the command line does, then takes its share.
import { parentPort, workerData } from "node:worker_threads";
import { withEngine } from "../config/engine.ts";
import { checkedRulebook } from "../engine/rulebook.ts";
import { runFamilyWorker } from "../sources/git/scan/family-worker.ts";
import type { WorkerSetup } from "../sources/git/scan/family-workers.ts";

const setup = workerData as WorkerSetup;
// Checked by who started the thread.
const rulebook = checkedRulebook(setup.rules);
const { engine } = setup;
if (parentPort !== null)
  void runFamilyWorker(parentPort, setup, engine ? withEngine(rulebook, { twin: engine }) : rulebook);
