// A thread of a history scan: picks the engine as the command line does, then takes its share.
import type { MessagePort } from "node:worker_threads";
import { built, shippedRulebook } from "../../config/built.ts";
import { withEngine } from "../../config/engine.ts";
import { setV8Flag } from "../../config/v8-flags.ts";
import { checkedRulebook } from "../../engine/rulebook.ts";
import { runFamilyWorker } from "../../sources/git/scan/family-worker.ts";
import { tellBegun, type WorkerSetup } from "../../sources/git/scan/family-workers.ts";

export async function runHistoryThread(port: MessagePort, setup: WorkerSetup): Promise<void> {
  // Who started it may be busy for long, and what both run meanwhile would be optimised as if it ran for ever.
  if (tellBegun(port, setup)) for (const [flag, reset] of setup.flags) setV8Flag(flag, reset);
  // Checked by who started the thread, or by the build.
  const rulebook = setup.rules ? checkedRulebook(setup.rules) : shippedRulebook(built("rules.jsonl"));
  const { engine } = setup;
  await runFamilyWorker(port, setup, engine ? withEngine(rulebook, { twin: engine }) : rulebook);
}
