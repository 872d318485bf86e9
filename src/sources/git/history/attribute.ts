// From "this blob holds a secret" to "this commit brought it, at this path and line".
import { inTexts } from "../../../engine/names.ts";
import { appliesToPath, isPathOnly, pathOnlyRules } from "../../../engine/path.ts";
import type { Rulebook } from "../../../engine/rulebook.ts";
import { scan, scanNear, type ScanOptions } from "../../../engine/scan.ts";
import type { Candidate } from "../../../model/candidate.ts";
import { firstAfter } from "../../../model/first-after.ts";
import type { FragmentKind, Provenance } from "../../../model/fragment.ts";
import { headerText, messageStart, textsIn, readCommit, type Commit } from "../objects/commit.ts";
import type { GraphCommit } from "../objects/commit-table.ts";
import type { Hit } from "../scan/hit.ts";
import { excess, freshHits, wording, type Version } from "../scan/fresh-hits.ts";
import { secretKey } from "../scan/sifter.ts";
import type { Rule } from "../../../model/rule.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { Introduction, TreeWalk } from "../trees/tree-walk.ts";
import { pathText } from "../path-text.ts";
import { isSimilar } from "../similar.ts";
import { areShownAlike, candidatesAt, toldOf, type Told } from "./told.ts";
import { NOT_THERE } from "../objects/broken.ts";
import { Allowed, type AllowedIn } from "./allowed.ts";
import { Verdicts } from "../scan/verdicts.ts";
import type { Skipped } from "../../source.ts";

/** A file with this many bytes a hit is looked at where its hits are. */
const FEW_BYTES = 4096;

/** Whether the hit itself tells its secret: neither its encoding nor another rule has a say. */
const isInClear = ({ at, rule }: Hit, { rules }: Rulebook) =>
  at === undefined && rules[rule]?.required === undefined && rules[rule]?.skipReport !== true;

/** To tell more of one file again by its places is no less work than to look for them. */
const MOST_TOLD = 1000;

const NONE: ReadonlySet<string> = new Set();

export interface AttributeContext {
  readonly repository: string;
  readonly rulebook: Rulebook;
  readonly options: ScanOptions;
  readonly store: ObjectStore;
  readonly walk: TreeWalk;
  /** Hits of a blob, by hex id. */
  readonly hitsOf: (blob: string) => readonly Hit[];
  /** A commit's tree, hex. */
  readonly treeOf: (commit: string) => string | undefined;
  readonly skip: (item: Skipped) => void;
  readonly allowedIn?: AllowedIn;
}

export class Attribution {
  readonly candidates: Candidate[] = [];
  /** Blobs that were looked at, each at a path. */
  readonly #seen = new Set<string>();
  /** Blobs that commits brought to a path where rules find something in them, hex. */
  readonly placed = new Set<string>();
  /** Blobs that commits brought anywhere, hex. */
  readonly #reached = new Set<string>();
  /** The same of blobs that an earlier scan saw. */
  wasPlaced: (blob: string) => boolean = () => false;
  /** Commits that were not asked for, where there are any: a file that stood there is told where it comes back. */
  isLeftOut: ((commit: string) => boolean) | undefined;
  /** Blobs that were told of without a commit. */
  readonly #alone = new Set<string>();
  /** Rules and secrets of the first candidates, of files, and how many candidates these are. */
  readonly #keys = new Set<string>();
  #keysOf = 0;
  /** How often a secret was told, by path and by the words around it. */
  readonly #told = new Map<string, number>();
  /** What an earlier scan told of a file, by each of its candidates, where rules find nothing else in it. */
  readonly whole = new Map<Candidate, readonly Candidate[]>();
  /** What an earlier scan told and is not in `#told` yet, by path. */
  readonly #retold = new Map<string, { readonly blob: string; readonly candidates: readonly Candidate[] }[]>();
  /** Secrets that were told of a header: whose name holds one wrote many commits. */
  readonly #inHeaders = new Set<string>();
  /** Paths that rules without a pattern were held against. */
  readonly #listed = new Set<string>();
  /** Candidates that stand where their hits were, as all of their file do: rule and place are enough to tell them again. */
  readonly #plain = new WeakSet<Candidate>();
  readonly #context: AttributeContext;
  readonly #pathRules: readonly Rule[];
  readonly #verdicts: Verdicts;
  readonly #commits = new Map<string, Commit | undefined>();
  readonly #removed = new Map<string, ReadonlyMap<string, string>>();
  readonly #allowed: Allowed | undefined;
  #removedIn = "";

  constructor(context: AttributeContext) {
    this.#context = context;
    this.#verdicts = new Verdicts(
      context.rulebook,
      context.hitsOf,
      (blob) => this.#read(blob),
      (bytes, path) => this.#exactly(bytes, path),
    );
    this.#pathRules = pathOnlyRules(context.rulebook);
    this.#allowed = context.allowedIn && new Allowed(context.allowedIn, (blob) => this.#read(blob));
  }

  /** Tells what the file has more than what stood in its place before: in any parent, under this or an older name. */
  introduced(introduction: Introduction): void {
    const { blob, commit, path } = introduction;
    const place = `${blob} ${path}`;
    if (this.#seen.has(place)) return;
    if (this.isLeftOut === undefined) this.#seen.add(place);
    this.#reached.add(blob);
    const file = this.#version(blob, path);
    if (file.hits.length === 0) return;
    this.placed.add(blob);
    const older: Version[] = [];
    const without: string[] = [];
    for (const [number, parent] of commit.parents.entries()) {
      const tree = this.#context.treeOf(parent);
      if (tree === undefined) continue;
      const stood = number === 0 ? introduction.before : this.#context.walk.blobAt(tree, path);
      if (stood === blob) return;
      if (stood === undefined) without.push(tree);
      else older.push(this.#version(stood, path));
    }
    if (this.isLeftOut !== undefined && !commit.parents.some(this.isLeftOut)) this.#seen.add(place);
    // A merge lacks files for many reasons: only one that is much like the file can be the same.
    const isOne = commit.parents.length < 2 ? () => true : (gone: Version) => isLike(gone, file);
    let fresh = freshIn(file, older);
    for (const tree of without) {
      if (fresh.length === 0) break;
      const keys = new Set(fresh.map(({ key }) => key));
      older.push(...this.#goneFrom(tree, commit, keys).filter(isOne));
      fresh = freshIn(file, older);
    }
    const freed = this.#allowed?.freed(this.#readable(introduction, file), older, fresh, this.isLeftOut !== undefined);
    if (fresh.length > 0 || freed?.length) this.#tell(introduction, file, fresh, freed);
  }

  #readable(introduction: Introduction, file: Version) {
    const candidatesAt = (bytes: Buffer, hits: readonly Hit[]) =>
      this.#near(bytes, this.#fileProvenance(introduction), hits);
    return { ...file, candidatesAt };
  }

  /** Whether `introduced` was asked about the file at this path before. */
  hasSeen({ blob, path }: Introduction): boolean {
    return this.#seen.has(`${blob} ${path}`);
  }

  /** Whether a parent has the same, so that `introduced` tells nothing. */
  isInherited({ blob, commit, path }: Introduction): boolean {
    return commit.parents.some((parent) => {
      const tree = this.#context.treeOf(parent);
      return tree !== undefined && this.#context.walk.blobAt(tree, path) === blob;
    });
  }

  #stoodIn(parents: readonly string[], path: string): boolean {
    return parents.some((parent) => {
      const tree = this.#context.treeOf(parent);
      return tree !== undefined && this.#context.walk.blobAt(tree, path) !== undefined;
    });
  }

  /** Whether what `listed` says of a file hangs on when it is asked. */
  isListedOnce({ path }: Introduction): boolean {
    return this.#pathRules.some((rule) => appliesToPath(rule, pathText(path)));
  }

  #version(blob: string, path: string): Version {
    return { hits: this.#verdicts.standing(blob, path), bytes: () => this.#read(blob) };
  }

  /** Files that a parent has and the commit has not: a new file may be one of them, renamed. */
  #goneFrom(parentTree: string, commit: GraphCommit, keys: ReadonlySet<string>): Version[] {
    if (this.#removedIn !== commit.id) this.#removed.clear();
    this.#removedIn = commit.id;
    let gone = this.#removed.get(parentTree);
    if (gone === undefined) this.#removed.set(parentTree, (gone = this.#context.walk.removed(commit.tree, parentTree)));
    return [...gone]
      .map(([path, blob]) => this.#version(blob, path))
      .filter(({ hits }) => hits.some(({ key }) => keys.has(key)));
  }

  /** Takes the candidates at these hits. The same words at the same path are told once, in the first commit that has them. */
  #tell(introduction: Introduction, file: Version, fresh: readonly Hit[], freed: readonly Hit[] = []): void {
    const { path } = introduction;
    const bytes = file.bytes();
    if (bytes === undefined) return;
    const news = this.#unlessTold(bytes, path, file.hits, fresh, freed);
    if (news.length === 0) return;
    const provenance = this.#fileProvenance(introduction);
    const left = new Set(news);
    const plain: Candidate[] = [];
    const at = touching(news);
    const found = [...this.#near(bytes, provenance, news)];
    const hitOf = new Map<Candidate, Hit>();
    // An encoded word over lines may hold the same secret in clear: so those in clear are not taken for those in words while others are left.
    for (const isExact of [true, false]) {
      if (left.size === 0) break;
      for (const candidate of found) {
        if (hitOf.has(candidate)) continue;
        const key = secretKey(candidate.rule.id, candidate.secret.reveal());
        const isAlike = (hit: Hit) => !isExact || (hit.at === undefined) === (candidate.decoded.length === 0);
        const { start, end } = candidate.match;
        const hit = at(start, end).find((one) => one.key === key && left.has(one) && isAlike(one));
        if (hit === undefined) continue;
        left.delete(hit);
        hitOf.set(candidate, hit);
      }
    }
    for (const candidate of found) {
      const hit = hitOf.get(candidate);
      if (hit === undefined) continue;
      const { start, end } = candidate.match;
      this.candidates.push(candidate);
      if (isInClear(hit, this.#context.rulebook) && hit.start === start && hit.end === end) plain.push(candidate);
    }
    if (left.size === 0) for (const candidate of plain) this.#plain.add(candidate);
    this.#allowed?.told(bytes, [...hitOf.keys()]);
  }

  /** What `retell` needs to tell these candidates of a file again; undefined: that is not sure to tell the same. */
  toldOf(file: Introduction, candidates: readonly Candidate[]): readonly Told[] | undefined {
    if (candidates.length > MOST_TOLD || !candidates.every((candidate) => this.#plain.has(candidate))) return undefined;
    const { rules } = this.#context.rulebook;
    const told = candidates.map((candidate) => toldOf(candidate, rules));
    const bytes = this.#read(file.blob);
    const again = bytes && candidatesAt(bytes, told, rules, this.#fileProvenance(file));
    return again && areShownAlike(again, candidates) ? told : undefined;
  }

  /** Whether rules find nothing else in a file of which `toldOf` gave this: each of it was a hit of its own. */
  isAll({ blob }: Introduction, told: readonly Told[]): boolean {
    return this.#context.hitsOf(blob).length === told.length;
  }

  /** Tells of a file what an earlier scan told; `isAll`: as it said. @returns false when that cannot stand there. */
  retell(file: Introduction, told: readonly Told[], isAll: boolean): boolean {
    const { blob, path } = file;
    const bytes = this.#read(blob);
    const found = bytes && candidatesAt(bytes, told, this.#context.rulebook.rules, this.#fileProvenance(file));
    if (bytes === undefined || found === undefined) return false;
    this.#seen.add(`${blob} ${path}`);
    this.placed.add(blob);
    const retold = this.#retold.get(path) ?? [];
    if (retold.push({ blob, candidates: found }) === 1) this.#retold.set(path, retold);
    this.candidates.push(...found);
    this.#allowed?.retold(blob, found);
    if (isAll) for (const candidate of found) this.whole.set(candidate, found);
    return true;
  }

  #fileProvenance({ blob, commit, path }: Introduction): Provenance {
    return { ...this.#provenance("file", commit.id), path: pathText(path), object: blob };
  }

  /** Counts what was told again of files at this path, as soon as anything new there is held against it. */
  #countRetold(path: string): void {
    const files = this.#retold.get(path);
    if (files === undefined) return;
    this.#retold.delete(path);
    for (const { blob, candidates } of files) {
      // Read once more: to hold all of them could take any memory.
      const bytes = this.#read(blob);
      if (bytes === undefined) continue;
      for (const candidate of candidates) {
        const { start, end } = candidate.match;
        const word = `${keyOf(candidate)} ${path}\0${wording(bytes, { start, end })}`;
        this.#told.set(word, (this.#told.get(word) ?? 0) + 1);
      }
    }
  }

  /** Few hits of many are looked for where they are; else, and where that does not find them, the file is read whole. */
  #near(bytes: Buffer, provenance: Provenance, hits: readonly Hit[]): Candidate[] {
    const { rulebook } = this.#context;
    const at = touching(hits);
    if (hits.length * FEW_BYTES < bytes.length && hits.every((hit) => isInClear(hit, rulebook))) {
      const found = scanNear({ bytes, provenance }, hits, rulebook);
      const seen = new Set<Hit>();
      for (const { rule, secret, match } of found) {
        const key = secretKey(rule.id, secret.reveal());
        for (const hit of at(match.start, match.end)) if (hit.key === key) seen.add(hit);
      }
      if (seen.size === hits.length) return found;
    }
    return this.#scan(bytes, provenance, (start, end) => at(start, end).length > 0);
  }

  /** @param freed what is told all the same. */
  #unlessTold(bytes: Buffer, path: string, hits: readonly Hit[], fresh: readonly Hit[], freed: readonly Hit[]): Hit[] {
    this.#countRetold(path);
    const asked = freed.length === 0 ? fresh : [...fresh, ...freed].sort((a, b) => a.start - b.start);
    const always = new Set(freed);
    const keys = new Set(asked.map(({ key }) => key));
    const words = new Map(
      hits.filter(({ key }) => keys.has(key)).map((hit) => [hit, `${hit.key} ${path}\0${wording(bytes, hit)}`]),
    );
    const standing = new Map<string, number>();
    for (const word of words.values()) standing.set(word, (standing.get(word) ?? 0) + 1);
    const news: Hit[] = [];
    for (const hit of [...asked].reverse()) {
      const word = words.get(hit) ?? "";
      const told = this.#told.get(word) ?? 0;
      if (!always.has(hit) && told >= (standing.get(word) ?? 0)) continue;
      this.#told.set(word, told + 1);
      news.push(hit);
    }
    return news.reverse();
  }

  /** Whether there are rules that look at nothing but a path. */
  get asksPaths(): boolean {
    return this.#pathRules.length > 0;
  }

  /** Tells what rules without a pattern say of a file's path, which is the first time it is there. */
  listed(file: Introduction, ref?: string): void {
    const { blob, commit, path } = file;
    if (this.#listed.has(path)) return;
    // Of a part of a history, a merge does not bring what the other side had.
    if (this.isLeftOut !== undefined && this.#stoodIn(commit.parents, path)) return;
    this.#listed.add(path);
    const { rulebook, options } = this.#context;
    const rules = this.#pathRules.filter((rule) => appliesToPath(rule, pathText(path)));
    if (rules.length === 0) return;
    // Only a rule that requires others asks for the content.
    const bytes = rules.some(({ required = [] }) => required.length > 0) ? this.#read(blob) : undefined;
    const from = commit.id === "" ? {} : this.#provenance("file", commit.id);
    const provenance = { ...this.#provenance("file"), ...from, path: pathText(path), object: blob };
    const fragment = {
      bytes: bytes ?? Buffer.alloc(0),
      provenance: ref === undefined ? provenance : { ...provenance, ref },
    };
    this.candidates.push(...scan(fragment, rulebook, options).filter(({ rule }) => isPathOnly(rule)));
  }

  /** All that the rules say of a file. */
  #exactly(bytes: Buffer, path: string): Hit[] {
    const provenance = { ...this.#provenance("file"), path: pathText(path) };
    return this.#scan(bytes, provenance).map(({ rule, secret, match: { start, end } }) => ({
      start,
      end,
      key: secretKey(rule.id, secret.reveal()),
      rule: this.#context.rulebook.rules.indexOf(rule),
    }));
  }

  /** What the content says: of paths `listed` speaks. */
  #scan(bytes: Buffer, provenance: Provenance, isNear?: ScanOptions["isNear"]): Candidate[] {
    const { rulebook, options } = this.#context;
    const asked = isNear === undefined ? options : { ...options, isNear };
    return scan({ bytes, provenance }, rulebook, asked).filter(({ rule }) => !isPathOnly(rule));
  }

  /**
   * A blob or tree entry that a tag leads to without any commit. Of a blob that was told of elsewhere only what is told nowhere: where rules
   * ask for paths, they may find more at this one.
   */
  tagged(blob: string, ref: string, path?: string): void {
    const isNew = !this.placed.has(blob) && !this.wasPlaced(blob) && !this.#alone.has(blob);
    const told = isNew ? NONE : this.#keysTold();
    if (!isNew && this.#verdicts.standing(blob, path ?? "").every(({ key }) => told.has(key))) return;
    // Where its path allows all of it, another may not.
    const found = this.#whole(blob, {
      ...this.#provenance("file"),
      object: blob,
      ref,
      ...(path === undefined ? {} : { path: pathText(path) }),
    }).filter((candidate) => !told.has(keyOf(candidate)));
    if (found.length === 0) return;
    this.candidates.push(...found);
    this.#alone.add(blob);
  }

  /** Of all that was told of files. */
  #keysTold(): ReadonlySet<string> {
    for (; this.#keysOf < this.candidates.length; this.#keysOf++) {
      const candidate = this.candidates[this.#keysOf]!;
      if (candidate.provenance.kind === "file") this.#keys.add(keyOf(candidate));
    }
    return this.#keys;
  }

  /** A blob that nothing reaches. */
  unreachable(blob: string): void {
    if (this.#reached.has(blob) || this.#alone.has(blob)) return;
    this.#alone.add(blob);
    this.candidates.push(...this.#whole(blob, { ...this.#provenance("file"), object: blob }));
  }

  #whole(blob: string, provenance: Provenance): Candidate[] {
    const bytes = this.#read(blob);
    return bytes === undefined ? [] : this.#scan(bytes, provenance);
  }

  /** What a commit or a tag says: its message, and what its header says for the first time. */
  said(id: string, of: "commit" | "tag", more: Partial<Provenance> = {}): void {
    const bytes = this.#read(id);
    if (bytes === undefined) return;
    const commit = of === "commit" ? id : undefined;
    const about = (kind: FragmentKind) => ({ ...this.#provenance(kind, commit), object: id, ...more });
    for (const candidate of this.#inHeader(bytes, about(`${of}-header`))) {
      const key = keyOf(candidate);
      if (!this.#inHeaders.has(key)) this.candidates.push(candidate);
      this.#inHeaders.add(key);
    }
    this.candidates.push(...this.#scan(bytes.subarray(messageStart(bytes)), about(`${of}-message`)));
  }

  /** Whether what `said` tells of a commit hangs on when it is asked. */
  isSaidOnce(id: string): boolean {
    const bytes = this.#read(id);
    return bytes !== undefined && this.#inHeader(bytes, { kind: "commit-header" }).length > 0;
  }

  /** What the header of a commit or tag says: as a whole, and each text in it. */
  #inHeader(bytes: Buffer, provenance: Provenance): Candidate[] {
    const texts = textsIn(bytes).map(({ from, to }) => ({ at: from, bytes: bytes.subarray(from, to) }));
    return inTexts([{ at: 0, bytes: headerText(bytes) }, ...texts], (text) => this.#scan(text, provenance));
  }

  /** The name of a file, folder or ref. */
  name(
    text: string,
    commit: GraphCommit | undefined,
    provenance: Partial<Provenance> & { kind: "path" | "ref" },
  ): void {
    // Of a path only the last name is new.
    const whole = Buffer.from(provenance.path ?? provenance.ref ?? "");
    const before = whole.length - Buffer.from(pathText(text)).length;
    const more = { ...this.#provenance(provenance.kind, commit?.id), ...provenance };
    const isNew = (_: number, end: number) => end > before;
    // Where rules require one another, all of the path is told.
    const found = this.#scan(whole, more, isNew);
    this.candidates.push(...found.filter(({ match: { start, end } }) => isNew(start, end)));
  }

  #read(id: string): Buffer | undefined {
    try {
      const object = this.#context.store.read(id);
      if (object !== undefined) return object.bytes;
      this.#context.skip({ what: `object ${id}`, why: NOT_THERE });
    } catch (error) {
      this.#context.skip({ what: `object ${id}`, why: error instanceof Error ? error.message : "cannot be read" });
    }
    return undefined;
  }

  #commit(id: string): Commit | undefined {
    if (!this.#commits.has(id)) {
      const bytes = this.#read(id);
      this.#commits.set(id, bytes && readCommit(bytes, id.length));
    }
    return this.#commits.get(id);
  }

  #provenance(kind: FragmentKind, commit?: string): Provenance {
    const { repository } = this.#context;
    if (commit === undefined) return { kind, repository };
    const author = this.#commit(commit)?.author;
    if (author === undefined) return { kind, repository, commit };
    return { kind, repository, commit, author: { name: author.name, email: author.email }, authoredAt: author.date };
  }
}

const keyOf = ({ rule, secret }: Candidate): string => secretKey(rule.id, secret.reveal());

function isLike(a: Version, b: Version): boolean {
  const [one, other] = [a.bytes(), b.bytes()];
  return one !== undefined && other !== undefined && isSimilar(one, other);
}

/** Hits that are in none of the older versions. */
function freshIn(file: Version, older: readonly Version[]): Hit[] {
  let keys: ReadonlySet<string> | undefined;
  for (const version of older) {
    const more = excess(file.hits, version.hits);
    keys = new Set([...more.keys()].filter((key) => keys?.has(key) !== false));
    if (keys.size === 0) return [];
  }
  return keys === undefined ? [...file.hits] : freshHits(file, older, keys);
}

/** Tells which of the hits, given in their order, a range touches. */
function touching(hits: readonly Hit[]): (start: number, end: number) => readonly Hit[] {
  // How far the hits up to each one reach: one may lie within another.
  let most = 0;
  const reach = hits.map(({ end }) => (most = Math.max(most, end)));
  return (start, end) => {
    const first = firstAfter(0, hits.length, (index) => reach[index]! <= start);
    let to = first;
    while (to < hits.length && (hits[to] as Hit).start < end) to++;
    return hits.slice(first, to).filter((hit) => hit.end > start);
  };
}
