// A repository's whole history, from packs to candidates.
import type { Candidate } from "../../../model/candidate.ts";
import { prepareGitCore } from "../core/git-core.ts";
import type { CommitList, GraphCommit } from "../objects/commit-table.ts";
import { buildGraph, type HistoryGraph } from "./history-graph.ts";
import type { HistoryOptions, HistoryResult } from "./history.ts";
import { askedNames, reachTrees, type ReachedTrees } from "./marked-trees.ts";
import { FamilyWorkers } from "../scan/family-workers.ts";
import { matcherFor, type Matcher } from "../core/matcher.ts";
import { BrokenObject } from "../objects/broken.ts";
import type { GitObject } from "../objects/loose.ts";
import { BLOB } from "../object-id.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { EVERYTHING, ObjectPass, type ObjectFilter } from "../scan/object-pass.ts";
import { Placing } from "./placing.ts";
import { readRefsSince, type Ref, type Refs } from "../refs.ts";
import { openRepository, sizesOfPacks, type Repository } from "../repository.ts";
import { selectRevisions } from "./revisions.ts";
import { openScanCache } from "./scan-cache.ts";
import { additionOf, areHereStill, remembers, scannedBefore, type Addition, type ScanMemory } from "./scan-memory.ts";
import { DamagedSegment } from "./segment-file.ts";
import { SMALL_ROOM_BYTES, workspaceOf } from "../core/workspace.ts";

/** Ranges with fewer commits are read object by object: loading packs would cost more. */
const FEW_COMMITS = 500;
const MOST_MISSING = 100_000;
/** Objects with findings that are kept for who shows them. */
const MOST_KEPT = 256;
const MOST_KEPT_BYTES = 64 << 20;

/**
 * Scans a history: every blob, commit message, tag message, path and ref name of what is asked for, and tells for each
 * secret the first commit, path and line that brought it.
 *
 * What cannot be read is in `coverage.skipped`; nothing is fetched, no hook or filter runs.
 *
 * @throws PatrolError `source-unreadable` when there is no repository, `usage-invalid` when a revision names nothing.
 */
export async function scanHistory(options: HistoryOptions, given?: Matcher): Promise<HistoryResult> {
  const repository = openRepository(options.gitDir, options.environment ?? process.env);
  const { revisions = [], sinceCommit } = options;
  const isRange = revisions.length > 0 || sinceCommit !== undefined;
  // A history that is cut off may grow at its other end, where nobody would look again.
  const isWhole = !isRange && options.unreachable !== true && repository.shallow.size === 0;
  const cache = isWhole ? openScanCache(repository, options) : undefined;
  const memory = cache?.read();
  const isAgain = memory !== undefined;
  // What a range holds is not known before its commits are.
  const packs = isAgain || isRange ? [] : sizesOfPacks(repository);
  const expected = packs.reduce((sum, size) => sum + size, 0);
  options.onExpected?.(expected, isAgain);
  const isSmall = expected === 0;
  const matcher = given ?? matcherFor(options.rulebook, isSmall ? SMALL_ROOM_BYTES : 0);
  workspaceOf(matcher, expected);
  const workers = new FamilyWorkers(options);
  let pass: ObjectPass | undefined;
  try {
    prepareGitCore();
    // To start takes them as long as this thread needs for all that comes before there is something to share.
    if (packs.length > 0) workers.begin(Math.max(...packs));
    // Refs first: what they lead to is then among the packs.
    let refs = readRefsSince(repository, memory?.packed, cache !== undefined);
    pass = new ObjectPass(repository, options, matcher, workers, memory?.packs);
    if (isRange) return await scanRange(repository, refs.list, pass, options);
    tellUnread(refs, pass);
    const again = memory && (await scanAgain(memory, refs, pass, options));
    if (memory !== undefined && again === undefined) {
      pass.close();
      refs = readRefsSince(repository, undefined);
      pass = new ObjectPass(repository, options, matcher, workers);
      tellUnread(refs, pass);
    }
    const done = again ?? (await scanEverything(refs, pass, options));
    // What is missing is looked for again next time; other trouble must show again, so nothing is kept.
    if (
      cache !== undefined &&
      options.isRehearsal !== true &&
      pass.leftOut.troubles === 0 &&
      pass.leftOut.missing.length < MOST_MISSING
    )
      cache.write(done.addition(), again && memory, pass.store);
    return done.result;
  } finally {
    pass?.close();
    cache?.close();
    await workers.stop();
    if (given === undefined) options.rulebook.engine?.release?.();
  }
}

function tellUnread(refs: Refs, pass: ObjectPass): void {
  for (const item of refs.unread) pass.leftOut.skip(item);
}

interface Done {
  readonly result: HistoryResult;
  /** Made when it is asked for. */
  readonly addition: () => Addition;
}

async function scanEverything(refs: Refs, pass: ObjectPass, options: HistoryOptions): Promise<Done> {
  const readGraph = () =>
    buildGraph(refs.list, {}, pass.store, pass.commits, pass.asked, (item) => pass.leftOut.skip(item));
  const asksName = askedNames(options.rulebook);
  const reach = async ({ commits }: HistoryGraph) =>
    asksName ? { trees: await reachTrees(pass, commits, asksName) } : {};
  let early: { readonly graph: HistoryGraph; readonly trees?: ReachedTrees | undefined } | undefined;
  await pass.scanAll(EVERYTHING, async () => {
    const graph = readGraph();
    early = { graph, ...(await reach(graph)) };
  });
  const graph = early?.graph ?? readGraph();
  const placing = new Placing(pass, pass.walker(), options);
  await place(pass, async () => placing.commits(graph.commits, (early ?? (await reach(graph))).trees));
  return finish(graph, refs, pass, placing, options);
}

/** Scans what an earlier scan did not; undefined when its findings may no longer hold, or the cache is damaged. */
async function scanAgain(
  memory: ScanMemory,
  refs: Refs,
  pass: ObjectPass,
  options: HistoryOptions,
): Promise<Done | undefined> {
  if (!areHereStill(memory, pass.store, knownEnds(memory, refs))) return undefined;
  try {
    return await scanSince(memory, refs, pass, options);
  } catch (error) {
    if (error instanceof DamagedSegment) return undefined;
    throw error;
  }
}

/** What refs lead to that are as they were, and the tags on the way. Where one of these is gone, a full scan tells so. */
function* knownEnds(memory: ScanMemory, refs: Refs): Generator<string> {
  const tips = new Set(memory.tips);
  for (const { object } of refs.list) if (tips.has(object)) yield object;
  if (refs.isRest !== true) return;
  for (const list of memory.packedTips) yield* list;
  for (const chain of memory.chains.values()) yield* chain.slice(0, -1);
}

async function scanSince(
  memory: ScanMemory,
  refs: Refs,
  pass: ObjectPass,
  options: HistoryOptions,
): Promise<Done | undefined> {
  // Those that stand in a file which is as it was lead where they led.
  const lead = refs.isRest === true ? memory.packedTips : [];
  const packed = refs.isRest === true ? [] : memory.packedTips;
  // Most others do so too.
  const tips = new Set([...memory.tips, ...packed.flatMap((list) => [...list])]);
  const asNew = options.isRehearsal === true ? refs.list[0]?.object : undefined;
  if (asNew !== undefined) tips.delete(asNew);
  const wasScanned = scannedBefore(memory, pass.store);
  // The long list of what was walked is asked last: a commit that is new was not scanned, and what a tag is was read.
  const wasWalked = (id: string) => wasScanned(id) && !memory.chains.has(id) && remembers(memory.commits, id);
  const isKnown = (id: string) => id !== asNew && (tips.has(id) || wasWalked(id));
  const filter: ObjectFilter = {
    leavesOutPack: (checksum) => memory.packs.has(checksum),
    leavesOut: wasScanned,
  };
  // First, as the commits that are new are read on the way, and more cheaply than one by one.
  await pass.scanAll(filter);
  const graph = buildGraph(
    refs.list,
    { isKnown, chains: memory.chains },
    pass.store,
    pass.commits,
    pass.asked,
    (item) => pass.leftOut.skip(item),
  );
  const isLost = [...tips].some((tip) => !graph.boundary.has(tip) && !remembers(lead, tip));
  // A ref moved back or is gone: who introduced what may have changed, unless nothing was ever found.
  if (isLost && memory.places.length > 0) return undefined;
  // What was missing has come: which commit brought it is known to a full walk only.
  if (memory.missing.some((id) => pass.store.has(Buffer.from(id, "hex")))) return undefined;
  pass.leftOut.misses(memory.missing);
  if (graph.commits.length >= FEW_COMMITS) pass.openForTrees();
  // They lay there before any ref led to them: of commits and tags that say something it is not remembered.
  const tags = new Set([...memory.chains.values()].flat());
  const late = [...graph.commits.ids(), ...[...graph.tags.keys()].filter((id) => !tags.has(id))];
  await pass.scanAgain(late.filter(wasScanned));
  const placing = new Placing(pass, pass.walker(), options);
  const earlier = { found: (blob: string) => remembers(memory.found, blob), newest: memory.newest };
  await place(pass, async () => {
    await placing.again(memory, (id) => pass.commit(id));
    // Each is made of numbers when it is asked for.
    const commits = [...graph.commits];
    const introductions = await placing.introductions(commits, earlier);
    await placing.introduced(commits, introductions, earlier);
  });
  if (placing.isDoubtful) return undefined;
  placing.attribution.wasPlaced = (blob) => remembers(memory.placed, blob);
  for (const list of memory.binaries) for (const id of list) options.onBinary?.(id);
  return finish(graph, refs, pass, placing, options, memory);
}

async function scanRange(
  repository: Repository,
  refs: readonly Ref[],
  pass: ObjectPass,
  options: HistoryOptions,
): Promise<HistoryResult> {
  const { revisions = [], sinceCommit } = options;
  const since = sinceCommit === undefined ? [] : [`^${sinceCommit}`];
  const asked = revisions.length > 0 ? revisions : ["--all", "HEAD"];
  const { included, excluded } = selectRevisions(repository, [...since, ...asked], options.commits !== undefined);
  const without = { excluded, ...(options.commits && { only: options.commits }) };
  const graph = buildGraph(included, without, pass.store, pass.commits, pass.asked, (item) => pass.leftOut.skip(item));
  const commits = options.firstParent === true ? byFirstParent(graph.commits) : [...graph.commits];
  const isFew = graph.commits.length < FEW_COMMITS;
  if (!isFew) pass.openForTrees();
  const placing = new Placing(pass, pass.walker(), options);
  const introductions = await placing.introductions(commits);
  const ids = new Set([...graph.tags.keys(), ...graph.commits.ids()]);
  for (const found of introductions.values()) for (const { blob } of found) ids.add(blob);
  for (const { id, type } of graph.tagged) if (type === BLOB) ids.add(id);
  if (isFew) {
    pass.meter.expect(ids.size);
    await pass.scanEach(ids);
  } else await pass.scanAll({ leavesOutPack: () => false, leavesOut: (id) => !ids.has(id) });
  await place(pass, () => placing.introduced(commits, introductions));
  const named = revisions.length > 0 ? refs.filter(({ name }) => revisions.includes(name)) : refs;
  return (await finish(graph, { list: named, unread: [] }, pass, placing, options)).result;
}

/** Tells where what was found stands. What there was no time for is told as well. */
async function place(pass: ObjectPass, work: () => Promise<void>): Promise<void> {
  if (pass.meter.isStopped) {
    const { left } = pass.meter;
    pass.leftOut.skip({
      what: "the rest",
      why: `the time was over after ${pass.counts.objects} objects, ${left} or more were left`,
    });
  }
  if (await pass.meter.placing(work)) return;
  const [id] = [...pass.hits.keys(), ...pass.messages.keys()];
  const count = pass.hits.size + pass.messages.size;
  if (id === undefined) return;
  pass.leftOut.skip({
    what: `what was found in ${count} objects`,
    why: `there was no time left to tell in which commits; of one: git log --all --find-object=${id}`,
  });
}

const byFirstParent = (commits: CommitList): GraphCommit[] =>
  Array.from(commits, (commit) => ({ ...commit, parents: commit.parents.slice(0, 1) }));

async function finish(
  graph: HistoryGraph,
  refs: Refs,
  pass: ObjectPass,
  placing: Placing,
  options: HistoryOptions,
  before?: ScanMemory,
): Promise<Done> {
  placing.tags(graph);
  if (options.unreachable === true) placing.unreachable(graph);
  placing.names(refs.list);
  pass.tellExceeded("files with findings");
  pass.meter.done();
  const { objects, bytes, scanned, binary } = pass.counts;
  const counts = {
    commits: graph.commits.length + (before?.counts.commits ?? 0),
    objects: objects + (before?.counts.objects ?? 0),
    bytes: bytes + (before?.counts.bytes ?? 0),
    binary: binary + (before?.counts.binary ?? 0),
  };
  const cached = before?.counts.objects ?? 0;
  const coverage = {
    refs: refs.list.length + (refs.isRest === true ? (refs.packed?.count ?? 0) : 0),
    ...counts,
    scanned,
    cached,
    skipped: pass.leftOut.all(),
  };
  const candidates = below(options.paths, placing.attribution.candidates);
  return {
    result: {
      candidates,
      whole: placing.attribution.whole,
      coverage,
      ...(options.keepsObjects === true && { objects: namedIn(candidates, pass.store) }),
    },
    addition() {
      const places = placing.places();
      const { namePlaces: names, tellsRefs } = placing;
      const placed = { places, names, placed: placing.attribution.placed, tellsRefs };
      return additionOf(graph, refs, placed, pass, counts, before);
    },
  };
}

/** What candidates name. Of many git reads the rest more quickly. */
function namedIn(candidates: readonly Candidate[], store: ObjectStore): Map<string, GitObject> {
  const objects = new Map<string, GitObject>();
  const ids = candidates.flatMap(({ provenance: { object, commit } }) => [object ?? [], commit ?? []].flat());
  let bytes = 0;
  for (const id of new Set(ids)) {
    if (objects.size >= MOST_KEPT || bytes > MOST_KEPT_BYTES) break;
    try {
      const object = store.read(id);
      if (object === undefined) continue;
      objects.set(id, object);
      bytes += object.bytes.length;
    } catch (error) {
      if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
    }
  }
  return objects;
}

function below(paths: readonly string[] | undefined, candidates: readonly Candidate[]): readonly Candidate[] {
  if (paths === undefined || paths.length === 0) return candidates;
  const roots = paths.map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""));
  const isBelow = (path: string) =>
    roots.some((root) => root === "" || root === "." || path === root || path.startsWith(`${root}/`));
  return candidates.filter(({ provenance: { path } }) => path !== undefined && isBelow(path));
}
