import type { Fragment, FragmentKind, Provenance } from "../../../model/fragment.ts";
import type { FragmentsOptions } from "../../source.ts";
import { type Authorship, authorshipOf, fieldOf, parseHeaders } from "./headers.ts";
import { textsIn } from "../objects/commit.ts";
import { type Introduced, contentsOf, introducedBy } from "./introduced.ts";
import { type ReadObject, readObject, readObjects } from "./objects.ts";
import { GitFailure } from "./process.ts";
import type { FetchLimits, PartialRepository } from "./repository.ts";

type About = (kind: FragmentKind, more?: Partial<Provenance>) => Provenance;

const COMMITS_AT_ONCE = 2_000;
const ITEMS_AT_ONCE = 10_000;
/** Files that the first request asks for; each further one asks for more, so that a slow server sends some at least. */
const FIRST_FILES = 512;
const MORE_FILES = 4;
/** For commits and tags: as large as the largest file. */
const OBJECT_BYTES = 100 * 1024 ** 2;
/** A tag may name a tag, but nobody needs a hundred. */
const TAGS_MOST = 50;
/** Requests of one push for what is left of a batch that the server could not send. */
const RETRIES_MOST = 64;

/** Turns commits, tags, paths and files into fragments. Of one push: what it has given out, it remembers. */
export class ContentReader {
  /** Ids of the annotated tags met so far. */
  readonly tags: string[] = [];
  /** Something could not be read that another attempt may get. */
  hasGaps = false;
  readonly #repository: PartialRepository;
  readonly #wanted: FragmentsOptions;
  readonly #about: About;
  readonly #limits: FetchLimits;
  readonly #asked = new Set<string>();
  readonly #texts = new Set<string>();
  readonly #paths = new Set<string>();
  #retries = 0;
  #filesAtOnce = FIRST_FILES;

  constructor(repository: PartialRepository, wanted: FragmentsOptions, about: About, limits: FetchLimits) {
    this.#repository = repository;
    this.#wanted = wanted;
    this.#about = about;
    this.#limits = limits;
  }

  /** The tags on the way from a head to its commit; or, where it leads to none, the tree or file it names. */
  async *ofTip(id: string): AsyncGenerator<Fragment> {
    let next: string | undefined = id;
    for (let count = 0; next !== undefined && count < TAGS_MOST; count += 1) {
      const object: ReadObject = await readObject(this.#repository, next, OBJECT_BYTES);
      if (object.kind !== "read") return this.#skip(object, "head");
      if (object.type === "tree") return yield* this.#ofIntroduced(contentsOf(this.#repository, next), new Map());
      if (object.type === "blob")
        return yield { bytes: object.bytes, provenance: this.#about("file", { object: next }) };
      if (object.type !== "tag") return;
      this.tags.push(next);
      const headers = parseHeaders(object.bytes);
      const authorship = authorshipOf(headers, "tagger");
      const commit = fieldOf(headers, "type") === "commit" ? fieldOf(headers, "object") : undefined;
      const clean = await this.#wanted.alreadyClean([next]);
      if (!clean.has(next))
        yield {
          bytes: headers.message,
          provenance: this.#about("tag-message", { object: next, commit, ...authorship }),
        };
      yield* this.#ofHeader(object.bytes, this.#about("tag-message", { commit, ...authorship }));
      next = fieldOf(headers, "object");
    }
  }

  /** Messages, names, paths and files that the commits brought. Commits come oldest first. */
  async *ofCommits(commits: readonly string[]): AsyncGenerator<Fragment> {
    for (let at = 0; at < commits.length; at += COMMITS_AT_ONCE) {
      const group = commits.slice(at, at + COMMITS_AT_ONCE);
      const authorships = new Map<string, Authorship>();
      const clean = await this.#wanted.alreadyClean(group);
      for await (const object of readObjects(this.#repository, group, OBJECT_BYTES)) {
        if (object.kind !== "read") {
          this.#skip(object, "commit");
          continue;
        }
        const headers = parseHeaders(object.bytes);
        const authorship = authorshipOf(headers, "author");
        authorships.set(object.id, authorship);
        const more = { commit: object.id, ...authorship };
        if (!clean.has(object.id))
          yield { bytes: headers.message, provenance: this.#about("commit-message", { object: object.id, ...more }) };
        yield* this.#ofHeader(object.bytes, this.#about("commit-message", more));
      }
      yield* this.#ofIntroduced(introducedBy(this.#repository, group), authorships);
    }
  }

  async *#ofHeader(object: Buffer, provenance: Provenance): AsyncGenerator<Fragment> {
    for (const { from, to } of textsIn(object)) yield* this.#ofText(object.subarray(from, to), provenance);
  }

  /** A short text that stands in many objects: given out once a push, and never told to the ledger. */
  async *#ofText(bytes: Buffer, provenance: Provenance): AsyncGenerator<Fragment> {
    const key = bytes.toString("latin1");
    if (this.#texts.has(key)) return;
    this.#texts.add(key);
    yield { bytes, provenance };
  }

  async *#ofIntroduced(
    introduced: AsyncIterable<Introduced>,
    authorships: ReadonlyMap<string, Authorship>,
  ): AsyncGenerator<Fragment> {
    let files: Introduced[] = [];
    for await (const item of introduced) {
      if (item.isNewPath) yield* this.#ofPath(item, authorships);
      if (item.kind === "blob") files.push(item);
      if (files.length >= ITEMS_AT_ONCE) {
        yield* this.#ofFiles(files, authorships);
        files = [];
      }
    }
    yield* this.#ofFiles(files, authorships);
  }

  async *#ofPath(item: Introduced, authorships: ReadonlyMap<string, Authorship>): AsyncGenerator<Fragment> {
    const key = item.path.toString("latin1");
    if (this.#paths.has(key)) return;
    this.#paths.add(key);
    yield { bytes: item.path, provenance: this.#about("path", place(item, authorships)) };
  }

  async *#ofFiles(
    items: readonly Introduced[],
    authorships: ReadonlyMap<string, Authorship>,
  ): AsyncGenerator<Fragment> {
    if (items.length === 0) return;
    const clean = await this.#wanted.alreadyClean([...new Set(items.map((item) => item.object))]);
    const files = items.filter((item) => !clean.has(item.object));
    const given = new Set<string>();
    for (let at = 0; at < files.length;) {
      const some = files.slice(at, at + this.#filesAtOnce);
      yield* this.#ofUnknownFiles(some, authorships, given);
      at += some.length;
      this.#filesAtOnce = Math.min(ITEMS_AT_ONCE, MORE_FILES * this.#filesAtOnce);
    }
  }

  async *#ofUnknownFiles(
    files: readonly Introduced[],
    authorships: ReadonlyMap<string, Authorship>,
    given: Set<string>,
  ): AsyncGenerator<Fragment> {
    await this.#fetch([...new Set(files.map((item) => item.object))].filter((id) => !this.#asked.has(id)));
    let index = 0;
    const ids = files.map((item) => item.object);
    for await (const object of readObjects(this.#repository, ids, this.#limits.blobBytes)) {
      const item = files[index]!;
      index += 1;
      // The same content a second time is worth telling only if the first time something was found.
      if (given.has(object.id) && (await this.#wanted.alreadyClean([object.id])).has(object.id)) continue;
      given.add(object.id);
      if (object.kind !== "read") this.#skip(object, `file ${place(item, authorships).path}`);
      else if (object.bytes.length > 0)
        yield {
          bytes: object.bytes,
          provenance: this.#about("file", { object: object.id, ...place(item, authorships) }),
        };
    }
  }

  /** One request for all. If the server cannot send all, halves tell which ones it cannot. */
  async #fetch(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#asked.add(id);
    try {
      await this.#repository.fetchObjects(ids);
    } catch (error) {
      if (!(error instanceof GitFailure && ["object-missing", "unknown"].includes(error.reason))) throw error;
      // What is not here when it is read is reported there.
      if (ids.length === 1 || this.#retries >= RETRIES_MOST) return;
      this.#retries += 2;
      const middle = ids.length >> 1;
      await this.#fetch(ids.slice(0, middle));
      await this.#fetch(ids.slice(middle));
    }
  }

  #skip(object: ReadObject, what: string): void {
    if (object.kind === "read") return;
    if (object.kind === "unreadable") this.hasGaps = true;
    const why =
      object.kind === "unreadable"
        ? "the server could not send it, or it is damaged"
        : `it has ${object.size} bytes, the limit is ${this.#limits.blobBytes}`;
    this.#wanted.skipped({ what: `${what} (object ${object.id})`, why });
  }
}

function place(item: Introduced, authorships: ReadonlyMap<string, Authorship>): Partial<Provenance> {
  return {
    path: item.path.toString("utf8"),
    ...(item.commit === undefined ? {} : { commit: item.commit, ...authorships.get(item.commit) }),
  };
}
