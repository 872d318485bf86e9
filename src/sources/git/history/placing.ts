// The second half of a history scan: walks the commits that were asked for and places what was found.
import { namesIn } from "../../../engine/names.ts";
import type { Candidate } from "../../../model/candidate.ts";
import { Attribution } from "./attribute.ts";
import type { CommitList, GraphCommit } from "../objects/commit-table.ts";
import type { HistoryGraph } from "./history-graph.ts";
import type { HistoryOptions } from "./history.ts";
import { markTrees, type ReachedTrees } from "./marked-trees.ts";
import { pathText } from "../path-text.ts";
import { BLOB, COMMIT, TAG } from "../object-id.ts";
import type { ObjectPass } from "../scan/object-pass.ts";
import type { Told } from "./told.ts";
import type { Ref } from "../refs.ts";
import { toHex, type Introduction, type NamePlace, type NewName, type TreeWalk } from "../trees/tree-walk.ts";
import { KnownNames } from "./known-names.ts";

/** A place that introduced something, in terms that hold no stranger's text: what a cache may keep. */
export interface Place {
  readonly kind: "file" | "listed" | "commit-message" | "path" | "tag-message";
  /** Hex id of the commit, or of the tag. */
  readonly id: string;
  /** Hex id of the blob, for a file. */
  readonly blob?: string;
  /** Which of the files of this content that the commit brought, or of all that it brought to a new path; from 0. */
  readonly nth?: number;
  /** Instead, for a file whose candidates stand in clear: which of the known names lead to it, and what was told of it. */
  readonly names?: readonly number[];
  readonly told?: readonly Told[];
  /** Whether rules find nothing in the blob but what was told. */
  readonly isAll?: true;
}

/** A place, with the path and what was told for as long as the scan runs. */
interface KnownPlace extends Place {
  readonly file?: Introduction;
  readonly candidates?: readonly Candidate[];
}

/** What an earlier scan knew. Where it is not certain that a scan of everything would tell the same, `isDoubtful` says so. */
export interface Earlier {
  /** Whether rules matched in the blob. */
  found(blob: string): boolean;
  /** The latest time of its commits. */
  readonly newest: number;
}

const LINE_FEED = Buffer.from("\n");
const NO_FILES: readonly Introduction[] = [];

export class Placing {
  readonly attribution: Attribution;
  /** Where candidates came from, oldest first; those of tags and refs are cheap to find again. */
  readonly #places: KnownPlace[] = [];
  /** A ref's own name was told of. */
  tellsRefs = false;
  /** Something new may change what was told of the old. */
  isDoubtful = false;
  readonly #pass: ObjectPass;
  readonly #walk: TreeWalk;
  /** The commit whose parent's tree was asked for last. */
  #asked: GraphCommit | undefined;
  readonly #names = new Map<string, NewName>();
  /** Names that a merge has and its first parent has not, of a part of a history: another parent may have had them. */
  readonly #merged = new Map<string, NewName[]>();
  #knownNames = new KnownNames();
  /** Files at new paths, by commit, between `introductions` and `introduced`. */
  readonly #listed = new Map<string, Introduction[]>();

  constructor(pass: ObjectPass, walk: TreeWalk, options: HistoryOptions) {
    this.#pass = pass;
    this.#walk = walk;
    this.attribution = new Attribution({
      repository: options.gitDir,
      rulebook: options.rulebook,
      options: options.maxDecodeDepth === undefined ? {} : { maxDecodeDepth: options.maxDecodeDepth },
      store: pass.store,
      walk,
      hitsOf: (id) => pass.hitsOf(id),
      treeOf: (id) => pass.treeOf(id),
      skip: (item) => pass.leftOut.skip(item),
      ...(options.allowedIn && { allowedIn: options.allowedIn }),
    });
  }

  parentTree(commit: GraphCommit): string | undefined {
    const [first] = commit.parents;
    const before = this.#asked;
    this.#asked = commit;
    // Mostly the one that was asked about before.
    if (first === undefined) return undefined;
    return before?.id === first ? before.tree : this.#pass.treeOf(first);
  }

  /**
   * Walks all commits of the graph, when all objects are scanned already.
   *
   * @param trees theirs, where marks tell which matter.
   */
  async commits(commits: CommitList, trees: ReachedTrees | undefined): Promise<void> {
    const wanted = this.#blobsWithHits();
    const { leftOut, store } = this.#pass;
    const { table, numbers } = commits;
    const said = Array.from(this.#pass.messages.keys(), (id) => table.numbers.ofHex(id));
    const marked = trees && markTrees(this.#pass, commits, trees, said);
    for (const number of marked?.commits ?? numbers) {
      if (this.#pass.meter.isDue) await this.#pass.meter.tick();
      const isAlike = marked?.isLikeParent(number) === true;
      const commit = table.commit(number) as GraphCommit;
      if (isAlike) {
        this.#place(commit, NO_FILES, NO_FILES);
        continue;
      }
      const found: Introduction[] = [];
      const listed: Introduction[] = [];
      this.#walk.visit(commit, this.parentTree(commit), {
        wants: (id) => {
          if (wanted.has(id)) return true;
          leftOut.missesUnlessIn(store, id);
          return false;
        },
        introduced: (introduction) => found.push(introduction),
        named: (name, place) => marked?.isNamed(name) !== false && this.#names.set(name, place),
        ...(marked && { isSame: (newId, oldId) => marked.isSame(newId, oldId) }),
        ...this.#filed(listed),
      });
      this.#place(commit, found, listed);
    }
  }

  /**
   * Everything that the commits brought, before any object is scanned; or, when an earlier scan knew the rest and what is new is
   * scanned already, what matters of it.
   */
  async introductions(commits: Iterable<GraphCommit>, earlier?: Earlier): Promise<Map<string, Introduction[]>> {
    const byCommit = new Map<string, Introduction[]>();
    const wanted = this.#blobsWithHits();
    const { leftOut, store } = this.#pass;
    const wants = (id: string) => {
      if (earlier === undefined || wanted.has(id) || earlier.found(toHex(id))) return true;
      leftOut.missesUnlessIn(store, id);
      return false;
    };
    for (const commit of commits) {
      if (this.#pass.meter.isDue) await this.#pass.meter.tick();
      const found: Introduction[] = [];
      this.#walk.visit(commit, this.parentTree(commit), {
        wants,
        isPart: earlier === undefined,
        introduced: (introduction) => found.push(introduction),
        named: (name, place) => {
          if (earlier === undefined && commit.parents.length > 1) return this.#isMerged(name, place);
          if (!this.#names.has(name)) this.#names.set(name, place);
          else if (earlier !== undefined && commit.time <= earlier.newest) this.isDoubtful = true;
        },
        ...this.#filed(this.#listedIn(commit)),
      });
      byCommit.set(commit.id, found);
    }
    return byCommit;
  }

  /** False: who brings the name next is to be heard as well. */
  #isMerged(name: string, place: NewName): false {
    const places = this.#merged.get(name) ?? [];
    if (places.push(place) === 1) this.#merged.set(name, places);
    return false;
  }

  /** The first commit that brought the name: a merge only where it stood with none of its parents. */
  #bringing(name: string): NewName | undefined {
    const stood = ({ commit, path }: NewName) =>
      commit.parents.some((parent) => {
        const tree = this.#pass.treeOf(parent);
        return tree !== undefined && this.#walk.stands(tree, path);
      });
    return this.#merged.get(name)?.find((place) => !stood(place)) ?? this.#names.get(name);
  }

  /** Binary ids. */
  #blobsWithHits(): ReadonlySet<string> {
    return new Set(Array.from(this.#pass.hits.keys(), (id) => Buffer.from(id, "hex").toString("latin1")));
  }

  /** Places what `introductions` gave, once the objects are scanned. */
  async introduced(
    commits: Iterable<GraphCommit>,
    byCommit: ReadonlyMap<string, readonly Introduction[]>,
    earlier?: Earlier,
  ): Promise<void> {
    if (earlier === undefined) {
      const chosen = new Set(byCommit.keys());
      this.attribution.isLeftOut = (commit) => !chosen.has(commit);
    }
    const isFound = (blob: string) => earlier?.found(blob) === true;
    for (const commit of commits) {
      if (this.#pass.meter.isDue) await this.#pass.meter.tick();
      const all = byCommit.get(commit.id) ?? [];
      const found = earlier === undefined ? all.filter(({ blob }) => this.#pass.hits.has(blob)) : all;
      const listed = this.#listedIn(commit);
      if (earlier !== undefined) {
        // Commits are told of in the order of their times. A file that was there before may have been looked at without
        // being told, and would not be looked at again.
        const isLate = commit.time > earlier.newest;
        const isSure = (file: Introduction) =>
          this.attribution.isInherited(file) || (isLate && (this.attribution.hasSeen(file) || !isFound(file.blob)));
        if (!found.every(isSure)) this.isDoubtful = true;
        if (listed.some((file) => this.attribution.isListedOnce(file))) this.isDoubtful = true;
        const hasSaid = this.#pass.messages.get(commit.id) === COMMIT;
        if (hasSaid && !isLate && this.attribution.isSaidOnce(commit.id)) this.isDoubtful = true;
      }
      this.#place(commit, found, listed);
    }
  }

  /** Collects files at paths that are new, where a rule asks for them. */
  #filed(files: Introduction[]): { filed?: (file: Introduction) => void } {
    return this.attribution.asksPaths ? { filed: (file) => files.push(file) } : {};
  }

  #listedIn({ id }: GraphCommit): Introduction[] {
    let files = this.#listed.get(id);
    if (files === undefined) this.#listed.set(id, (files = []));
    return files;
  }

  #note(place: KnownPlace, act: () => void): void {
    const before = this.attribution.candidates.length;
    act();
    const candidates = this.attribution.candidates.slice(before);
    if (candidates.length > 0) this.#places.push({ ...place, candidates });
  }

  /** Where candidates came from, oldest first; those of tags and refs are cheap to find again. */
  places(): Place[] {
    const places = this.#places.map(({ file, candidates = [], ...place }) => {
      const told = file && place.kind === "file" ? this.attribution.toldOf(file, candidates) : undefined;
      return { file, place, told };
    });
    const plain = places.flatMap(({ file, told }) => (file && told ? { tree: file.commit.tree, path: file.path } : []));
    this.#knownNames.learn(plain, this.#walk);
    return places.map(({ file, place, told }) => {
      if (file === undefined) return place;
      const names = told && this.#knownNames.of(file.path);
      if (names !== undefined) {
        const isAll = this.attribution.isAll(file, told ?? []);
        return { ...place, names, told, ...(isAll && { isAll }) };
      }
      const { found, listed } = this.#brought(file.commit, place);
      const nth = (place.kind === "file" ? found : listed).findIndex(({ path }) => path === file.path);
      return { ...place, nth };
    });
  }

  /** The files that a commit brought with this content, or to new paths. */
  #brought(commit: GraphCommit, { kind, blob = "" }: Place): { found: Introduction[]; listed: Introduction[] } {
    const wanted = Buffer.from(blob, "hex").toString("latin1");
    const [found, listed]: [Introduction[], Introduction[]] = [[], []];
    this.#walk.revisit(commit, this.parentTree(commit), {
      wants: (id) => id === wanted,
      introduced: (introduction) => found.push(introduction),
      // Of several commits that have the name, the first tells it.
      ...(kind === "path" && {
        named: (name: string, at: NewName) => !this.#names.has(name) && this.#names.set(name, at),
      }),
      ...(kind === "listed" ? this.#filed(listed) : {}),
    });
    return { found, listed };
  }

  /** After the walk of a commit: telling what an introduction replaced reads other trees. */
  #place(commit: GraphCommit, found: readonly Introduction[], listed: readonly Introduction[]): void {
    const { attribution } = this;
    if (this.#pass.messages.get(commit.id) === COMMIT) {
      this.#note({ kind: "commit-message", id: commit.id }, () => attribution.said(commit.id, "commit"));
    }
    for (const introduction of found) {
      const place = { kind: "file", id: commit.id, blob: introduction.blob, file: introduction } as const;
      this.#note(place, () => attribution.introduced(introduction));
    }
    for (const file of listed) this.#note({ kind: "listed", id: commit.id, file }, () => attribution.listed(file));
  }

  /** Where the names stand that `places` goes by: first those that `again` was given. */
  get namePlaces(): readonly NamePlace[] {
    return this.#knownNames.places;
  }

  /** Places again what an earlier scan placed. */
  async again(
    { places, names }: { readonly places: readonly Place[]; readonly names: readonly NamePlace[] },
    commitOf: (id: string) => GraphCommit | undefined,
  ): Promise<void> {
    this.#knownNames = new KnownNames(names);
    for (const place of places) {
      await this.#pass.meter.tick();
      if (place.kind === "tag-message") {
        this.#pass.messages.set(place.id, TAG); // told by `tags`, if a ref still leads there
        continue;
      }
      const commit = commitOf(place.id);
      if (commit === undefined) continue;
      if (place.told !== undefined) {
        this.#retell(commit, place, place.told);
        continue;
      }
      if (place.kind === "commit-message") this.#pass.messages.set(commit.id, COMMIT);
      const { found, listed } = this.#brought(commit, place);
      const only = (files: Introduction[]) => files.filter((_, number) => number === place.nth);
      this.#place(commit, only(found), only(listed));
      this.#pass.messages.delete(commit.id);
    }
  }

  /** Tells a file of an earlier scan again, without asking anew what was there before it. */
  #retell(commit: GraphCommit, place: Place, told: readonly Told[]): void {
    const { blob = "", names = [], isAll = false } = place;
    const path = this.#knownNames.path(names, (name) => this.#walk.nameAt(name));
    if (path !== undefined && this.attribution.retell({ commit, path, blob }, told, isAll)) this.#places.push(place);
    else this.isDoubtful = true;
  }

  /** What tags lead to, and their messages. */
  tags({ tags, tagged }: HistoryGraph): void {
    const { attribution } = this;
    for (const [id, { ref, commit }] of tags) {
      if (this.#pass.messages.get(id) !== TAG) continue;
      const more = { ref, ...(commit === undefined ? {} : { commit }) };
      this.#note({ kind: "tag-message", id }, () => attribution.said(id, "tag", more));
    }
    for (const { id, ref, type } of tagged) {
      if (type === BLOB) {
        if (this.#pass.hitsOf(id).length > 0) attribution.tagged(id, ref);
        continue;
      }
      const found: Introduction[] = [];
      this.#walk.visit({ id: "", tree: id, parents: [], time: 0 }, undefined, {
        wants: () => true,
        introduced: (introduction) => found.push(introduction),
      });
      for (const file of found) {
        if (this.#pass.hitsOf(file.blob).length > 0) attribution.tagged(file.blob, ref, file.path);
        attribution.listed(file, ref);
      }
    }
  }

  /** What was found and no ref reaches. */
  unreachable(graph: HistoryGraph): void {
    const { hits, messages } = this.#pass;
    const reached = new Set(graph.commits.ids());
    for (const [id, found] of hits) if (found.length > 0) this.attribution.unreachable(id);
    for (const [id, type] of messages) {
      if (type === COMMIT && !reached.has(id)) this.attribution.said(id, "commit");
      if (type === TAG && !graph.tags.has(id)) this.attribution.said(id, "tag");
    }
  }

  /** Names of files, folders and refs. */
  names(refs: readonly Ref[]): void {
    const names = [
      ...new Map([...this.#names, ...[...this.#merged].map(([name, [place]]) => [name, place!] as const)]),
    ];
    // Of a ref each name between slashes as well, as it is with paths.
    const asked = refs.flatMap(({ name }) => namesIn(Buffer.from(name)).map(({ bytes }) => ({ name, bytes })));
    const lines = [...names.map(([name]) => Buffer.from(name, "latin1")), ...asked.map(({ bytes }) => bytes)];
    const starts = [0];
    for (const { length } of lines) starts.push((starts.at(-1) ?? 0) + length + 1);
    const text = Buffer.concat(lines.flatMap((line) => [line, LINE_FEED]));
    const around = Buffer.concat([text, Buffer.from(names.map(([, { path }]) => path).join("\n"), "latin1")]);
    const startOf = (line: number) => starts[line] as number;
    const told = new Set<string>();
    for (const line of this.#pass.namesWithHits(text, lines.length, startOf, around)) {
      const [name] = names[line] ?? [];
      const place = name === undefined ? undefined : this.#bringing(name);
      const ref = asked[line - names.length]?.name;
      if (name !== undefined && place !== undefined) {
        this.attribution.name(name, place.commit, { kind: "path", path: pathText(place.path) });
        this.#places.push({ kind: "path", id: place.commit.id });
      } else if (ref !== undefined && !told.has(ref)) {
        told.add(ref);
        this.tellsRefs = true;
        this.attribution.name(Buffer.from(ref).toString("latin1"), undefined, { kind: "ref", ref });
      }
    }
  }
}
