// What a worker of family-workers.ts does.
import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import type { Rulebook } from "../../../engine/rulebook.ts";
import { loadGitCore, prepareGitCore, type GitAsked } from "../core/git-core.ts";
import { GitLists } from "../core/git-lists.ts";
import { takeBatches } from "./family-batches.ts";
import { FamilyScan, type FamilySink } from "./family-scan.ts";
import type { FamilyMessage, FamilyTask, WorkerSetup } from "./family-workers.ts";
import { matcherFor } from "../core/matcher.ts";
import { Sifter } from "./sifter.ts";
import { PackFile } from "../objects/pack-loader.ts";
import { PackRegion, PackScan } from "./pack-pass.ts";
import { workspaceOf } from "../core/workspace.ts";

export async function runFamilyWorker(port: MessagePort, setup: WorkerSetup, rulebook: Rulebook): Promise<void> {
  prepareGitCore(setup.gitCore);
  let asked = once(port, "message") as Promise<[FamilyTask]>;
  const matcher = matcherFor(rulebook);
  const space = workspaceOf(matcher);
  const answers: Partial<GitAsked> = {};
  const git = loadGitCore(matcher.memory, (bytes) => space.region("git core", bytes), answers, matcher.winnow);
  const lists = new GitLists(git, matcher.memory, (name, bytes) => space.region(name, bytes));
  const scan = new FamilyScan(matcher, lists, answers, new Sifter(rulebook, setup.maxDecodeDepth));
  const tell = (message: FamilyMessage) => port.postMessage(message);
  const sink: FamilySink = {
    hits: (rank, hits) => tell({ kind: "hits", rank, hits }),
    deferred: (rank, why) => tell({ kind: "deferred", rank, why }),
    exceeded: (rank, rules) => tell({ kind: "exceeded", rank, rules }),
    ...(setup.tellsBinary && { binary: (rank) => tell({ kind: "binary", rank }) }),
  };
  // Until it is ended: nobody knows here how many packs there are.
  for (;;) {
    const [{ pack, table, batches, marks }] = await asked;
    asked = once(port, "message") as Promise<[FamilyTask]>;
    const region = new PackRegion(matcher, pack.size);
    const file = new PackFile(pack);
    try {
      const families = new PackScan({ file, table }, matcher, region, scan, marks, sink);
      const tellCounts = () => tell({ kind: "counts", counts: { ...scan.counts } });
      for (const batch of takeBatches(batches, false)) await families.scan(batch, tellCounts);
    } finally {
      file.close();
    }
    tell({ kind: "done" });
  }
}
