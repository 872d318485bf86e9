// A repository's whole history, from packs to candidates.
import type { ScanOptions } from "../../engine/scan.ts";
import { Attribution } from "./attribute.ts";
import { BrokenObject } from "./broken.ts";
import { readLinks, type CommitLinks } from "./commit.ts";
import { loadGitCore, type GitCore } from "./core/git-core.ts";
import { FamilyScan, IGNORE, SCAN, type FamilySink } from "./family-scan.ts";
import type { HistoryCoverage, HistoryOptions, HistoryResult } from "./history.ts";
import { buildGraph, type GraphCommit, type HistoryGraph } from "./history-graph.ts";
import type { Hit } from "./hit.ts";
import { looseIds } from "./loose.ts";
import { matcherFor, Sifter, type Matcher } from "./matcher.ts";
import { BLOB, COMMIT, TAG, TREE, type ObjectType } from "./object-id.ts";
import { ObjectStore, type Pack } from "./object-store.ts";
import { familyRoots, openPack, PackRegion, scanPack, WHOLE_BYTES, type OpenPack } from "./pack-pass.ts";
import { packedBytes, wholeAddresses } from "./pack-loader.ts";
import { idOf } from "./pack-table.ts";
import { ProgressMeter } from "./progress.ts";
import { readRefs, type Ref } from "./refs.ts";
import { openRepository } from "./repository.ts";
import { selectRevisions } from "./revisions.ts";
import { readByGit } from "./cat-file.ts";
import { TreeReader, type LoadedPack } from "./tree-reader.ts";
import { TreeWalk, type Introduction, type NewName } from "./tree-walk.ts";
import type { Skipped } from "../source.ts";
import { workspaceOf } from "./workspace.ts";

/** Ranges with fewer commits are read object by object: loading packs would cost more. */
const FEW_COMMITS = 500;

interface Found {
  /** Hits of blobs, by hex id. */
  readonly blobs: Map<string, readonly Hit[]>;
  /** Commits and tags in whose message rules matched. */
  readonly messages: Map<string, typeof COMMIT | typeof TAG>;
}

/** All that one scan shares. */
class HistoryScan {
  readonly #options: HistoryOptions;
  readonly #skipped = new Map<string, string>();
  readonly #store: ObjectStore;
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  readonly #scan: FamilyScan;
  readonly #found: Found = { blobs: new Map(), messages: new Map() };
  readonly #links = new Map<string, CommitLinks>();
  readonly #scanOptions: ScanOptions;
  readonly #meter: ProgressMeter;
  readonly #deferred: { id: string; why: string }[] = [];
  readonly #idDigits: number;
  readonly #absent = new Set<string>();
  #region: PackRegion | undefined;
  /** The packs that were opened last; the tree walk reads from them. */
  readonly #packs: OpenPack[] = [];

  constructor(options: HistoryOptions, matcher: Matcher) {
    this.#options = options;
    const repository = openRepository(options.gitDir, process.env);
    this.#idDigits = repository.format.bytes * 2;
    this.#store = new ObjectStore(repository, (item) => this.#skip(item));
    this.#matcher = matcher;
    this.#git = loadGitCore(matcher.memory, (bytes) => workspaceOf(matcher).region("git core", bytes));
    this.#scanOptions = options.maxDecodeDepth === undefined ? {} : { maxDecodeDepth: options.maxDecodeDepth };
    this.#scan = new FamilyScan(matcher, this.#git, new Sifter(options.rulebook, options.maxDecodeDepth));
    this.#meter = new ProgressMeter(this.#scan.counts, options.onProgress, options.signal);
  }

  #skip({ what, why }: Skipped): void {
    if (!this.#skipped.has(what)) this.#skipped.set(what, why);
  }

  async run(): Promise<HistoryResult> {
    const { revisions = [], sinceCommit } = this.#options;
    try {
      const refs = readRefs(this.#store.repository);
      if (revisions.length === 0 && sinceCommit === undefined) return await this.#everything(refs);
      return await this.#range(refs, revisions, sinceCommit);
    } finally {
      for (const { file } of this.#packs) file.close();
      this.#store.close();
    }
  }

  async #everything(refs: readonly Ref[]): Promise<HistoryResult> {
    await this.#scanPacks(() => SCAN);
    await this.#scanLoose();
    await this.#scanDeferred();
    const graph = buildGraph(refs, [], this.#store, this.#links, (item) => this.#skip(item));
    return this.#attribute(graph, refs);
  }

  async #range(
    refs: readonly Ref[],
    revisions: readonly string[],
    sinceCommit: string | undefined,
  ): Promise<HistoryResult> {
    const since = sinceCommit === undefined ? [] : [`^${sinceCommit}`];
    const asked = revisions.length > 0 ? revisions : ["--all", "HEAD"];
    const { included, excluded } = selectRevisions(this.#store.repository, [...asked, ...since]);
    const graph = buildGraph(included, excluded, this.#store, this.#links, (item) => this.#skip(item));
    const isFew = graph.commits.length < FEW_COMMITS;
    if (!isFew) for (const pack of this.#openAll()) this.#packs.push(pack);
    const walk = this.#walker();
    const introductions: Introduction[] = [];
    const names = new Map<string, NewName>();
    const wanted = new Set<string>();
    for (const commit of graph.commits) {
      await this.#meter.tick();
      walk.visit(commit, this.#parentTree(commit), {
        wants: (id) => !wanted.has(id) && wanted.add(id) !== undefined,
        introduced: (introduction) => introductions.push(introduction),
        named: (name, place) => names.set(name, place),
      });
    }
    const ids = new Set<string>([...introductions.map(({ blob }) => blob), ...graph.tags.keys()]);
    for (const { id } of graph.commits) ids.add(id);
    for (const { id, type } of graph.tagged) if (type === BLOB) ids.add(id);
    this.#meter.expect(ids.size);
    if (isFew) {
      for (const id of ids) {
        await this.#meter.tick();
        this.#scanOne(id);
      }
    } else {
      for (const { file } of this.#packs.splice(0)) file.close();
      await this.#scanPacks((id) => (ids.has(id) ? SCAN : IGNORE));
      await this.#scanLoose(ids);
      await this.#scanDeferred();
    }
    return this.#attribute(graph, included, walk, { introductions, names });
  }

  #parentTree(commit: GraphCommit): string | undefined {
    const [first] = commit.parents;
    return first === undefined ? undefined : this.#treeOf(first);
  }

  #treeOf(id: string): string | undefined {
    const known = this.#links.get(id);
    if (known !== undefined) return known.tree;
    try {
      const object = this.#store.read(id);
      return object?.type === COMMIT ? readLinks(object.bytes, this.#idDigits)?.tree : undefined;
    } catch (error) {
      this.#skip({ what: `commit ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
      return undefined;
    }
  }

  /** Largest first, so that the region is as large as the largest that is held whole. */
  #regionFor(packs: readonly Pack[]): PackRegion {
    const largest = Math.max(0, ...packs.map(({ size }) => size));
    this.#region ??= new PackRegion(this.#matcher, largest <= WHOLE_BYTES ? largest : WHOLE_BYTES / 2);
    return this.#region;
  }

  #openAll(): OpenPack[] {
    const opened: OpenPack[] = [];
    for (const pack of this.#store.packs) {
      const open = this.#open(pack, undefined);
      if (open !== undefined) opened.push(open);
    }
    return opened;
  }

  #open(pack: Pack, region: PackRegion | undefined): OpenPack | undefined {
    try {
      const open = openPack(pack, this.#matcher, region);
      for (const [rank, why] of open.table.broken) this.#deferred.push({ id: idOf(open.table, rank), why });
      return open;
    } catch (error) {
      if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
      this.#skip({ what: pack.path, why: error.message });
      return undefined;
    }
  }

  async #scanPacks(decide: (id: string) => typeof SCAN | typeof IGNORE): Promise<void> {
    const { packs } = this.#store;
    const region = this.#regionFor(packs);
    for (const [number, pack] of packs.entries()) {
      const open = this.#open(pack, region);
      if (open === undefined) continue;
      const { table } = open;
      const earlier = packs.slice(0, number);
      const todo = new Uint8Array(table.count);
      const everything = decide("") === SCAN;
      let expected = 0;
      for (let rank = 0; rank < table.count; rank++) {
        if (table.type[rank] === TREE || table.type[rank] === 0) continue;
        const bytes = earlier.length === 0 ? undefined : table.index.idBytesAt(table.nameOf[rank] as number);
        if (bytes !== undefined && earlier.some(({ index }) => index.find(bytes) >= 0)) continue;
        if (!everything && decide(idOf(table, rank)) === IGNORE) continue;
        todo[rank] = SCAN;
        expected++;
      }
      this.#meter.expect(expected);
      await scanPack(
        open,
        familyRoots(table),
        this.#matcher,
        region,
        this.#scan,
        todo,
        new Map(),
        this.#sink(open),
        () => this.#meter.check(),
      );
      this.#packs.push(open);
    }
  }

  #sink({ table }: OpenPack): FamilySink {
    return {
      hits: (rank, hits) => this.#keep(idOf(table, rank), table.type[rank] as ObjectType, hits),
      meta: (rank, type, bytes) => {
        const links = type === COMMIT ? readLinks(bytes, this.#idDigits) : undefined;
        if (links !== undefined) this.#links.set(idOf(table, rank), links);
      },
      deferred: (rank, why) => this.#deferred.push({ id: idOf(table, rank), why }),
    };
  }

  #keep(id: string, type: ObjectType, hits: readonly Hit[]): void {
    if (type === BLOB) this.#found.blobs.set(id, hits);
    else if (type === COMMIT || type === TAG) this.#found.messages.set(id, type);
  }

  async #scanLoose(only?: ReadonlySet<string>): Promise<void> {
    const { objectDirs, format } = this.#store.repository;
    for (const dir of objectDirs) {
      const ids = looseIds(dir, format).filter((id) => only === undefined || only.has(id));
      this.#meter.expect(ids.length);
      for (const id of ids) {
        const bytes = Buffer.from(id, "hex");
        if (this.#store.packs.some(({ index }) => index.find(bytes) >= 0)) continue;
        await this.#meter.tick();
        this.#scanOne(id);
      }
    }
  }

  #scanOne(id: string): void {
    try {
      const object = this.#store.read(id);
      if (object === undefined) this.#skip({ what: `object ${id}`, why: this.#missing() });
      else this.#scanBytes(id, object.type, object.bytes);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      this.#deferred.push({ id, why: error.message });
    }
  }

  /** Counts blobs that trees name and the repository lacks: they are told in one line, for a partial clone lacks most. */
  #isMissing(id: string): false {
    if (this.#absent.has(id) || this.#store.has(Buffer.from(id, "latin1"))) return false;
    this.#absent.add(id);
    return false;
  }

  #missing(): string {
    return this.#store.repository.isPartial ? "not fetched: this is a partial clone" : "not in the repository";
  }

  #scanBytes(id: string, type: ObjectType, bytes: Buffer): void {
    if (type === TREE) return;
    if (type === COMMIT) {
      const links = readLinks(bytes, this.#idDigits);
      if (links !== undefined) this.#links.set(id, links);
    }
    const hits = this.#scan.object(type, bytes);
    if (hits.length > 0) this.#keep(id, type, hits);
  }

  /** What the fast way could not read: read one by one, then by git itself; what even git cannot read is reported. */
  async #scanDeferred(): Promise<void> {
    for (const { id, why } of this.#deferred.splice(0)) {
      await this.#meter.tick();
      try {
        const object = this.#store.read(id);
        if (object !== undefined) {
          this.#scanBytes(id, object.type, object.bytes);
          continue;
        }
      } catch (error) {
        if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
      }
      const object = readByGit(this.#store.repository, id);
      if (object === undefined) this.#skip({ what: `object ${id}`, why });
      else this.#scanBytes(id, object.type, object.bytes);
    }
  }

  /** A blob's hits, scanned now when they are not known: what stands outside of a range is asked for rarely. */
  #hitsOf(id: string, isComplete: boolean, asked: Map<string, readonly Hit[]>): readonly Hit[] {
    const known = this.#found.blobs.get(id) ?? asked.get(id);
    if (known !== undefined || isComplete) return known ?? [];
    let hits: readonly Hit[] = [];
    try {
      const object = this.#store.read(id);
      if (object?.type === BLOB) hits = this.#scan.object(BLOB, object.bytes);
    } catch (error) {
      this.#skip({ what: `object ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
    }
    asked.set(id, hits);
    return hits;
  }

  /** Trees are small: those of all packs are held at once. */
  #walker(): TreeWalk {
    const loaded: LoadedPack[] = [];
    const isWhole = this.#packs.length === 1 && this.#packs[0]?.address !== undefined;
    for (const { table, file, address } of this.#packs) {
      if (isWhole && address !== undefined) {
        loaded.push({ table, addresses: wholeAddresses(table, address) });
        continue;
      }
      const trees: number[] = [];
      for (let rank = 0; rank < table.count; rank++) if (table.type[rank] === TREE) trees.push(rank);
      const addresses = new Uint32Array(table.count);
      const start = workspaceOf(this.#matcher).region(`trees ${loaded.length}`, packedBytes(table, trees) + 1024);
      file.load(this.#matcher.memory, start, table, trees, addresses);
      loaded.push({ table, addresses });
    }
    const reader = new TreeReader(this.#matcher, this.#git, this.#store, loaded);
    return new TreeWalk(reader, this.#git, this.#matcher, this.#idDigits / 2, (item) => this.#skip(item));
  }

  async #attribute(
    graph: HistoryGraph,
    refs: readonly Ref[],
    walk: TreeWalk = this.#walker(),
    walked?: { introductions: readonly Introduction[]; names: Map<string, NewName> },
  ): Promise<HistoryResult> {
    const { blobs, messages } = this.#found;
    const asked = new Map<string, readonly Hit[]>();
    const attribution = new Attribution({
      repository: this.#options.gitDir,
      rulebook: this.#options.rulebook,
      options: this.#scanOptions,
      store: this.#store,
      walk,
      hitsOf: (id) => this.#hitsOf(id, walked === undefined, asked),
      treeOf: (id) => this.#treeOf(id),
      skip: (item) => this.#skip(item),
    });
    const binary = new Set([...blobs.keys()].map((id) => Buffer.from(id, "hex").toString("latin1")));
    const names = walked?.names ?? new Map<string, NewName>();
    const byCommit = new Map<string, Introduction[]>();
    for (const introduction of walked?.introductions ?? []) {
      if (!blobs.has(introduction.blob)) continue;
      const same = byCommit.get(introduction.commit.id);
      if (same === undefined) byCommit.set(introduction.commit.id, [introduction]);
      else same.push(introduction);
    }
    const inGraph = new Set<string>();
    for (const commit of graph.commits) {
      inGraph.add(commit.id);
      await this.#meter.tick();
      if (messages.get(commit.id) === COMMIT) attribution.message(commit.id, "commit-message");
      if (walked !== undefined) {
        for (const introduction of byCommit.get(commit.id) ?? []) attribution.introduced(introduction);
        continue;
      }
      const found: Introduction[] = [];
      walk.visit(commit, this.#parentTree(commit), {
        wants: (id) => binary.has(id) || this.#isMissing(id),
        introduced: (introduction) => blobs.has(introduction.blob) && found.push(introduction),
        named: (name, place) => names.set(name, place),
      });
      // After the walk of the commit: telling what an introduction replaced reads other trees.
      for (const introduction of found) attribution.introduced(introduction);
    }
    for (const [id, { ref, commit }] of graph.tags) {
      if (messages.get(id) === TAG)
        attribution.message(id, "tag-message", { ref, ...(commit === undefined ? {} : { commit }) });
    }
    this.#tagged(graph, attribution, walk);
    if (this.#options.unreachable === true) {
      for (const id of blobs.keys()) attribution.unreachable(id);
      for (const [id, type] of messages) {
        if (type === COMMIT && !inGraph.has(id)) attribution.message(id, "commit-message");
        if (type === TAG && !graph.tags.has(id)) attribution.message(id, "tag-message");
      }
    }
    this.#names(names, refs, attribution);
    this.#meter.done();
    return { candidates: this.#chosen(attribution), coverage: this.#coverage(graph, refs) };
  }

  /** Blobs and trees that tags lead to without a commit. */
  #tagged(graph: HistoryGraph, attribution: Attribution, walk: TreeWalk): void {
    for (const { id, ref, type } of graph.tagged) {
      if (type === BLOB) {
        if (this.#hitsOf(id, false, new Map()).length > 0) attribution.tagged(id, ref);
        continue;
      }
      const commit: GraphCommit = { id: "", tree: id, parents: [], time: 0 };
      const found: Introduction[] = [];
      walk.visit(commit, undefined, { wants: () => true, introduced: (introduction) => found.push(introduction) });
      for (const { blob, path } of found) {
        if (this.#hitsOf(blob, false, new Map()).length > 0) attribution.tagged(blob, ref, path);
      }
    }
  }

  /** Names of files, folders and refs: all in one text, a line each. */
  #names(names: ReadonlyMap<string, NewName>, refs: readonly Ref[], attribution: Attribution): void {
    const lines: { text: string; place?: NewName; ref?: string; end: number }[] = [];
    let end = 0;
    const add = (text: string, more: { place?: NewName; ref?: string }) => {
      end += text.length + 1;
      lines.push({ text, end, ...more });
    };
    for (const [name, place] of names) add(name, { place });
    for (const { name } of refs) add(Buffer.from(name, "utf8").toString("latin1"), { ref: name });
    const bytes = Buffer.from(lines.map(({ text }) => `${text}\n`).join(""), "latin1");
    let line = 0;
    let last = -1;
    for (const hit of this.#scan.object(0, Buffer.concat([Buffer.from("\n\n"), bytes]))) {
      while ((lines[line]?.end ?? Infinity) <= hit.start - 2) line++;
      const named = lines[line];
      if (named === undefined || line === last) continue;
      last = line;
      if (named.place !== undefined) {
        const path = Buffer.from(named.place.path, "latin1").toString("utf8");
        attribution.name(named.text, named.place.commit, { kind: "path", path });
      } else if (named.ref !== undefined) attribution.name(named.text, undefined, { kind: "ref", ref: named.ref });
    }
  }

  #chosen({ candidates }: Attribution): HistoryResult["candidates"] {
    const { paths } = this.#options;
    if (paths === undefined || paths.length === 0) return candidates;
    const clean = paths.map((path) => path.replace(/^\.\//, "").replace(/\/+$/, ""));
    const isBelow = (path: string) =>
      clean.some((root) => root === "" || root === "." || path === root || path.startsWith(`${root}/`));
    return candidates.filter(({ provenance: { path } }) => path !== undefined && isBelow(path));
  }

  #coverage(graph: HistoryGraph, refs: readonly Ref[]): HistoryCoverage {
    const { objects, bytes, scanned, binary } = this.#scan.counts;
    const [first] = this.#absent;
    if (first !== undefined) {
      const name = `blob ${Buffer.from(first, "latin1").toString("hex")}`;
      const others = this.#absent.size === 1 ? "" : ` and ${this.#absent.size - 1} more`;
      this.#skip({ what: name + others, why: this.#missing() });
    }
    const skipped = [...this.#skipped].map(([what, why]) => ({ what, why }));
    return { refs: refs.length, commits: graph.commits.length, objects, bytes, scanned, cached: 0, binary, skipped };
  }
}

/**
 * Scans a history: every blob, commit message, tag message, path and ref name of what is asked for, and tells for each
 * secret the first commit, path and line that brought it.
 *
 * What cannot be read is in `coverage.skipped`; nothing is fetched, no hook or filter runs.
 *
 * @throws PatrolError `source-unreadable` when there is no repository, `usage-invalid` when a revision names nothing.
 */
export async function scanHistory(
  options: HistoryOptions,
  matcher: Matcher = matcherFor(options.rulebook, options.maxDecodeDepth),
): Promise<HistoryResult> {
  return new HistoryScan(options, matcher).run();
}
