// What a worker of family-workers.ts does.
import type { MessagePort } from "node:worker_threads";
import type { Rulebook } from "../../../engine/rulebook.ts";
import { loadGitCore } from "../core/git-core.ts";
import { FamilyScan, type FamilySink } from "./family-scan.ts";
import type { FamilyMessage, FamilyTask } from "./family-workers.ts";
import { matcherFor } from "./matcher.ts";
import { Sifter } from "./sifter.ts";
import { PackFile } from "../objects/pack-loader.ts";
import { PackRegion, scanPack, WHOLE_BYTES } from "./pack-pass.ts";
import { workspaceOf } from "./workspace.ts";

export async function runFamilyWorker(port: MessagePort, task: FamilyTask, rulebook: Rulebook): Promise<void> {
  const { pack, table, roots, todo, maxDecodeDepth } = task;
  const matcher = matcherFor(rulebook);
  const git = loadGitCore(matcher.memory, (bytes) => workspaceOf(matcher).region("git core", bytes));
  const scan = new FamilyScan(matcher, git, new Sifter(rulebook, maxDecodeDepth));
  const region = new PackRegion(matcher, Math.min(pack.size, WHOLE_BYTES / 2));
  const tell = (message: FamilyMessage) => port.postMessage(message);
  const sink: FamilySink = {
    hits: (rank, hits) => tell({ kind: "hits", rank, hits }),
    meta: () => undefined,
    deferred: (rank, why) => tell({ kind: "deferred", rank, why }),
    exceeded: (rank, rules) => tell({ kind: "exceeded", rank, rules }),
    ...(task.tellsBinary && { binary: (rank) => tell({ kind: "binary", rank }) }),
  };
  const file = new PackFile(pack);
  try {
    await scanPack({ file, table }, roots, matcher, region, scan, todo, sink, () =>
      tell({ kind: "counts", counts: { ...scan.counts } }),
    );
  } finally {
    file.close();
  }
  tell({ kind: "done" });
}
