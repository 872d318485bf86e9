// The first half of a history scan: every object that is asked for goes through the matcher once, wherever it lies.
import { BrokenObject, EndlessDeltas } from "../objects/broken.ts";
import { AskedGit } from "../objects/cat-file.ts";
import { loadGitCore, type GitAsked, type GitCore } from "../core/git-core.ts";
import { GitLists } from "../core/git-lists.ts";
import { FamilyScan, IGNORE, SCAN, type FamilySink } from "./family-scan.ts";
import { FamilyWorkers, tellsBinary } from "./family-workers.ts";
import { asksForEdgesIn } from "../../../engine/regex/edges.ts";
import { CommitTable, type GraphCommit } from "../objects/commit-table.ts";
import type { ScanOptions } from "./scan-options.ts";
import type { Hit } from "./hit.ts";
import { inflateSmall } from "../objects/inflate.ts";
import { LeftOut } from "./left-out.ts";
import { looseIds } from "../objects/loose.ts";
import type { Matcher } from "../core/matcher.ts";
import { Sifter } from "./sifter.ts";
import { BLOB, COMMIT, TAG, TREE, type ObjectType } from "../object-id.ts";
import { ObjectNumbers } from "../objects/object-numbers.ts";
import { ObjectStore, type Pack } from "../objects/object-store.ts";
import { roomToLoad } from "../objects/pack-loader.ts";
import { openPack, PackRegion, PackScan, TEXTS, type OpenPack } from "./pack-pass.ts";
import { idOf } from "../objects/pack-table.ts";
import { ProgressMeter } from "../progress.ts";
import type { Repository } from "../repository.ts";
import { TreeIndex } from "../trees/tree-index.ts";
import { TreeReader, type LoadedPack } from "../trees/tree-reader.ts";
import { TreeWalk } from "../trees/tree-walk.ts";
import { workspaceOf } from "../core/workspace.ts";

/** Which objects to leave out: scanned before, or not asked for. Ids are hex. */
export interface ObjectFilter {
  /** Whole packs, by their checksum: what one of them holds `leavesOut` tells, wherever else it lies. */
  readonly leavesOutPack: (checksum: string) => boolean;
  /** Undefined: no object needs to be asked about. */
  readonly leavesOut?: (id: string) => boolean;
}

export const EVERYTHING: ObjectFilter = { leavesOutPack: () => false };

const NO_HITS: readonly Hit[] = [];

export class ObjectPass {
  readonly store: ObjectStore;
  readonly meter: ProgressMeter;
  readonly leftOut: LeftOut;
  /** Hits of blobs, by hex id. */
  readonly hits = new Map<string, readonly Hit[]>();
  /** Commits and tags in whose message rules matched. */
  readonly messages = new Map<string, typeof COMMIT | typeof TAG>();
  /** Blobs that are binary, hex, where the next scan has to know them. */
  readonly binaries = new Set<string>();
  /** Commits that were read on the way. */
  readonly commits: CommitTable;
  /** Who answers the git core's questions. */
  readonly asked: Partial<GitAsked> = {};
  readonly #options: ScanOptions;
  readonly #isAgain: boolean;
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  readonly #lists: GitLists;
  readonly #tellIds: (isWanted: boolean) => void;
  readonly #scan: FamilyScan;
  readonly #workers: FamilyWorkers;
  readonly #deferred: { id: string; why: string }[] = [];
  readonly #idBytes: number;
  /** Every object was scanned: one that is not in `hits` has none. */
  #isComplete = false;
  /** Packs that are open; the tree walk reads from them. */
  #packs: OpenPack[] = [];
  /** Packs that could not be: what their index names may stand elsewhere. */
  readonly #unopened = new Set<Pack>();
  readonly #askedGit: AskedGit;

  /**
   * @param workers of the caller, who ends them.
   * @param scanned packs that were scanned before, by their checksums: few of their objects are asked for, so that these are numbered as
   *   they are met. Left out: this is a first scan.
   */
  constructor(
    repository: Repository,
    options: ScanOptions,
    matcher: Matcher,
    workers = new FamilyWorkers(options),
    scanned?: ReadonlyMap<string, unknown>,
  ) {
    const isAgain = scanned !== undefined;
    this.#options = options;
    this.#workers = workers;
    this.#isAgain = isAgain;
    this.#matcher = matcher;
    this.#idBytes = repository.format.bytes;
    const space = workspaceOf(matcher);
    const region = (name: string, bytes: number) => space.region(name, bytes);
    this.#git = loadGitCore(matcher.memory, (bytes) => space.region("git core", bytes), this.asked, matcher.winnow);
    this.#lists = new GitLists(this.#git, matcher.memory, region);
    this.leftOut = new LeftOut(options.rulebook, repository.isPartial);
    const inflate = inflateSmall(this.#git, matcher.memory, (bytes) => space.region("small objects", bytes));
    this.store = new ObjectStore(repository, (item) => this.leftOut.skip(item), inflate, isAgain);
    this.#askedGit = new AskedGit(repository);
    const indexes = this.store.packs.map(({ index }) => index);
    const numbered = indexes.filter(({ packChecksum }) => scanned?.has(packChecksum) !== true);
    const numbers = new ObjectNumbers(numbered, this.#idBytes, isAgain);
    this.asked.room = (list, bytes) => space.region(`list ${list} of ${bytes}`, bytes);
    this.asked.stray = (id) => numbers.of(this.#lists.bytes, id >>> 0);
    this.asked.longTime = (from, to) => Number(this.#lists.bytes.toString("latin1", from >>> 0, to >>> 0));
    this.#tellIds = (isWanted) => numbers.tell(this.#lists, region, isWanted);
    this.#tellIds(false);
    this.commits = new CommitTable(numbers, this.#lists);
    this.#scan = new FamilyScan(matcher, this.#lists, this.asked, new Sifter(options.rulebook, options.maxDecodeDepth));
    this.meter = new ProgressMeter(this.#scan.counts, options.onProgress, options.signal, options.isEnough);
  }

  get counts() {
    return this.#scan.counts;
  }

  /** Reports the rules that were given up in what was scanned last. */
  tellExceeded(what: string): void {
    this.leftOut.exceeded(what, this.#matcher.takeExceeded?.() ?? []);
  }

  close(): void {
    this.#closePacks();
    this.store.close();
  }

  #closePacks(): void {
    for (const { file } of this.#packs) file.close();
    this.#packs = [];
    this.#loadedTrees = undefined;
    this.#treeIndex = undefined;
  }

  /**
   * Scans all objects of the repository that the filter lets through.
   *
   * @param meanwhile is called once, as soon as all commits are read and `treeIndex` can be asked for, if other threads scan
   *   files then.
   */
  async scanAll(filter: ObjectFilter, meanwhile: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    this.#closePacks();
    await this.meter.scanning(async () => {
      try {
        await this.#scanPacks(filter, meanwhile);
      } catch (error) {
        await this.#workers.stop();
        throw error;
      }
      // They have told all, and clear away what they hold while this thread goes on.
      void this.#workers.stop();
      await this.#scanLoose(filter);
      await this.#scanDeferred();
    });
    this.#isComplete = filter === EVERYTHING && !this.meter.isStopped;
    // The tree walk reads packs that the scan did not come to, too.
    if (this.meter.isStopped && this.#packs.length < this.store.packs.length) this.openForTrees();
  }

  /** Scans a few objects one by one. */
  async scanEach(ids: Iterable<string>): Promise<void> {
    await this.meter.scanning(async () => {
      for (const id of ids) {
        await this.meter.tick();
        this.#scanOne(id);
      }
      await this.#scanDeferred();
    });
  }

  /** The same for objects that an earlier scan counted. */
  async scanAgain(ids: Iterable<string>): Promise<void> {
    const { objects, bytes, binary } = this.counts;
    await this.scanEach(ids);
    Object.assign(this.counts, { objects, bytes, binary });
  }

  /**
   * Numbers of the names that rules match in, each of which is a text of its own; in order. They stand in one text, each with a byte
   * behind it that ends a line.
   *
   * @param startOf where a name begins; of the number behind the last, where they end.
   * @param around what rules' keywords may stand in.
   */
  namesWithHits(text: Buffer, count: number, startOf: (name: number) => number, around = text): number[] {
    const { objects } = this.#scan;
    const found = new Set<number>();
    let name = 0;
    for (const { start, end } of objects.touched(text)) {
      while (name > 0 && startOf(name) > start) name--;
      while (name + 1 < count && startOf(name + 1) <= start) name++;
      // A match that goes over several names tells of each of them.
      for (let at = name; at < count && startOf(at) < end; at++) found.add(at);
    }
    const { rulebook } = this.#options;
    if (rulebook.isSimple !== true && asksForEdgesIn(around.toString("latin1"), rulebook.rules)) {
      for (let at = 0; at < count; at++) {
        const alone = text.subarray(startOf(at), startOf(at + 1) - 1);
        if (!found.has(at) && objects.touched(alone).length > 0) found.add(at);
      }
    }
    this.tellExceeded("names");
    return [...found].sort((a, b) => a - b);
  }

  /** A blob's hits; scanned now when that was not done before. */
  hitsOf(id: string): readonly Hit[] {
    const known = this.hits.get(id);
    if (known !== undefined) return known;
    if (this.#isComplete) return NO_HITS;
    let hits: readonly Hit[] = [];
    const { objects, bytes, binary } = this.counts;
    try {
      const object = this.store.read(id);
      if (object?.type === BLOB) hits = this.#scan.objects.object(BLOB, object.bytes);
    } catch (error) {
      this.leftOut.skip({ what: `object ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
    }
    this.tellExceeded(`object ${id}`);
    // It is read for comparison, not because it was asked for.
    Object.assign(this.counts, { objects, bytes, binary });
    this.hits.set(id, hits);
    return hits;
  }

  /** A commit, by its hex id. Undefined: it cannot be read. */
  commit(id: string): GraphCommit | undefined {
    return this.commits.commit(this.#commitNumber(id));
  }

  /** The hex id of its tree. */
  treeOf(id: string): string | undefined {
    const { commits } = this;
    const number = this.#commitNumber(id);
    return commits.has(number) ? commits.numbers.hexOf(commits.treeOf(number)) : undefined;
  }

  /** Its number; the table has it, if it can be read. */
  #commitNumber(id: string): number {
    const { commits } = this;
    const number = commits.numbers.ofHex(id);
    if (!commits.has(number)) {
      try {
        const object = this.store.read(id);
        if (object?.type === COMMIT) commits.add(number, object.bytes);
      } catch (error) {
        this.leftOut.skip({ what: `commit ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
      }
    }
    return number;
  }

  /** Opens all packs for the tree walk, without scanning them. */
  openForTrees(): void {
    this.#closePacks();
    const { packs } = this.store;
    const region = new PackRegion(this.#matcher, Math.max(0, ...packs.map(({ size }) => size)));
    for (const pack of packs) {
      const open = this.#open(pack, region, false);
      if (open !== undefined) this.#packs.push(open);
    }
  }

  /** Walks the trees of all open packs. */
  walker(): TreeWalk {
    const { reader } = this.#trees();
    return new TreeWalk(reader, this.#git, this.#matcher, this.#idBytes, (item) => this.leftOut.skip(item));
  }

  #treeIndex: TreeIndex | undefined;

  /** Reads the trees of all open packs at once. */
  async treeIndex(): Promise<TreeIndex> {
    return (this.#treeIndex ??= await this.#readTrees());
  }

  async #readTrees(): Promise<TreeIndex> {
    const { reader, loaded } = this.#trees();
    const { numbers } = this.commits;
    const index = new TreeIndex(
      this.#matcher,
      this.#lists,
      this.asked,
      reader,
      this.#scan.columns,
      numbers,
      this.#idBytes,
    );
    for (const pack of loaded) await index.readPack(pack, this.meter);
    return index;
  }

  #loadedTrees: { readonly reader: TreeReader; readonly loaded: readonly LoadedPack[] } | undefined;

  /** Trees are small: those of all open packs are held at once; the others are read one by one. */
  #trees(): { readonly reader: TreeReader; readonly loaded: readonly LoadedPack[] } {
    if (this.#loadedTrees !== undefined) return this.#loadedTrees;
    const loaded: LoadedPack[] = [];
    const isWhole = this.#packs.length === 1 && this.#packs[0]?.addresses !== undefined;
    for (const { table, file, addresses: whole } of this.#packs) {
      if (isWhole && whole !== undefined) {
        loaded.push({ table, addresses: whole });
        continue;
      }
      const name = `trees ${loaded.length}`;
      const addresses = this.#scan.loadTrees(
        table,
        (bytes) => workspaceOf(this.#matcher).region(name, roomToLoad(bytes)),
        (start) => file.load(this.#matcher.memory, this.#git, start),
      );
      loaded.push({ table, addresses });
    }
    const reader = new TreeReader(this.#matcher, this.#git, this.store, loaded, this.#askedGit);
    return (this.#loadedTrees = { reader, loaded });
  }

  #open(pack: Pack, region: PackRegion, mayStay: boolean): OpenPack | undefined {
    try {
      const name = `table of pack ${this.store.packs.indexOf(pack)}`;
      const open = openPack(pack, this.#matcher, region, mayStay, this.#lists, this.asked, name);
      for (const [rank, why] of open.table.broken) this.#deferred.push({ id: idOf(open.table, rank), why });
      return open;
    } catch (error) {
      if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
      this.leftOut.skip({ what: pack.path, why: error.message });
      this.#unopened.add(pack);
      return undefined;
    }
  }

  async #scanPacks(filter: ObjectFilter, meanwhile: () => Promise<void>): Promise<void> {
    if (filter === EVERYTHING) this.#tellIds(true);
    const { packs } = this.store;
    const fresh = packs.filter(({ index }) => !filter.leavesOutPack(index.packChecksum));
    this.#options.onExpected?.(
      fresh.reduce((sum, { size }) => sum + size, 0),
      this.#isAgain,
    );
    const largest = Math.max(0, ...fresh.map(({ size }) => size));
    for (const [number, pack] of fresh.entries()) {
      // They get ready while this thread reads the pack's table.
      const isShared = this.#workers.begin(pack.size) > 1;
      const region = new PackRegion(this.#matcher, largest);
      // With workers everybody loads no more than their part.
      const open = this.#open(pack, region, !isShared);
      if (open === undefined) continue;
      const earlier = fresh.slice(0, number).filter((one) => !this.#unopened.has(one));
      const todo = this.#todo(open, earlier, filter);
      const marks = { todo, needed: open.table.neededFor(todo) };
      this.#packs.push(open);
      const sink = this.#sink(open);
      const scan = new PackScan(open, this.#matcher, region, this.#scan, marks, sink);
      const scanHere = (some: Int32Array) => scan.scan(some, () => this.meter.check());
      // What is damaged is read later, and trees are numbered over all packs.
      const finish = async () => {
        if (packs.length === 1 && this.#deferred.length === 0) await meanwhile();
      };
      if (isShared) await this.#workers.share(open, marks, sink, this.counts, scanHere, finish);
      else await scanHere(open.table.roots(TEXTS));
    }
  }

  /** Which entries are to be scanned: SCAN or IGNORE. What an earlier pack holds too was scanned there. */
  #todo({ table }: OpenPack, earlier: readonly Pack[], { leavesOut }: ObjectFilter): Uint8Array {
    const { marks: todo, count } = table.marked(TEXTS);
    let expected = count;
    const { nameOf } = table;
    const isEarlier = (rank: number): boolean => {
      const bytes = table.index.idBytesAt(nameOf[rank] as number);
      return earlier.some(({ index }) => index.find(bytes) >= 0);
    };
    const mayLeaveOut = earlier.length > 0 || leavesOut !== undefined;
    for (let rank = 0; mayLeaveOut && rank < todo.length; rank++) {
      if (todo[rank] !== SCAN || !(isEarlier(rank) || leavesOut?.(idOf(table, rank)) === true)) continue;
      todo[rank] = IGNORE;
      expected--;
    }
    this.meter.expect(expected);
    return todo;
  }

  #sink({ table }: OpenPack): FamilySink {
    return {
      hits: (rank, hits) => this.#keep(idOf(table, rank), table.type[rank] as ObjectType, hits),
      // What an earlier pack holds too is not scanned in this one, so that each commit is taken in by its first number.
      firstNumber: this.commits.numbers.startOf(table.index),
      deferred: (rank, why) => this.#deferred.push({ id: idOf(table, rank), why }),
      exceeded: (rank, rules) => this.leftOut.exceeded(`object ${idOf(table, rank)}`, rules),
      ...(tellsBinary(this.#options) && { binary: (rank: number) => this.hearBinary(idOf(table, rank)) }),
    };
  }

  /** Takes in that a blob is binary. */
  hearBinary(id: string): void {
    if (this.#options.cache !== undefined) this.binaries.add(id);
    this.#options.onBinary?.(id);
  }

  #keep(id: string, type: ObjectType, hits: readonly Hit[]): void {
    if (type === BLOB) this.hits.set(id, hits);
    else if (type === COMMIT || type === TAG) this.messages.set(id, type);
  }

  async #scanLoose({ leavesOut }: ObjectFilter): Promise<void> {
    const { objectDirs, format } = this.store.repository;
    const packs = this.store.packs.filter((pack) => !this.#unopened.has(pack));
    for (const dir of objectDirs) {
      const ids = looseIds(dir, format).filter((id) => leavesOut?.(id) !== true);
      this.meter.expect(ids.length);
      for (const id of ids) {
        const bytes = Buffer.from(id, "hex");
        if (packs.some(({ index }) => index.find(bytes) >= 0)) continue;
        await this.meter.tick();
        this.#scanOne(id);
      }
    }
  }

  #scanOne(id: string): void {
    try {
      const object = this.store.read(id);
      if (object === undefined) this.leftOut.skip({ what: `object ${id}`, why: this.leftOut.whyMissing });
      else this.#scanBytes(id, object.type, object.bytes);
    } catch (error) {
      if (!(error instanceof BrokenObject)) throw error;
      this.#deferred.push({ id, why: error.message });
    }
  }

  #scanBytes(id: string, type: ObjectType, bytes: Buffer): void {
    if (type === TREE) return;
    if (type === COMMIT) this.commits.add(this.commits.numbers.ofHex(id), bytes);
    const { binary } = this.counts;
    const hits = this.#scan.objects.object(type, bytes);
    if (this.counts.binary > binary) this.hearBinary(id);
    this.tellExceeded(`object ${id}`);
    if (hits.length > 0) this.#keep(id, type, hits);
  }

  /** What the fast way could not read: read one by one, then by git itself; what even git cannot read is reported. */
  async #scanDeferred(): Promise<void> {
    const giveUp = (id: string, why: string) => this.leftOut.skip({ what: `object ${id}`, why });
    for (const { id, why } of this.#deferred.splice(0)) {
      await this.meter.tick();
      try {
        const object = this.store.read(id);
        if (object !== undefined) {
          this.#scanBytes(id, object.type, object.bytes);
          continue;
        }
      } catch (error) {
        if (error instanceof EndlessDeltas) {
          giveUp(id, error.message);
          continue;
        }
        if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
      }
      const object = this.#askedGit.read(id);
      if (object === undefined) giveUp(id, why);
      else this.#scanBytes(id, object.type, object.bytes);
    }
  }
}
