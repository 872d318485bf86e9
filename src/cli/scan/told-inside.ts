import type { Candidate, Span } from "../../model/candidate.ts";
import { firstAfter } from "../../model/first-after.ts";
import type { Fragment, Provenance } from "../../model/fragment.ts";
import type { UnpackedNames, Unpacker } from "../../sources/files/archive.ts";
import { placesOfNames } from "../../sources/files/entry-names.ts";
import type { Place } from "../../sources/files/zip-directory.ts";
import { hasHeads, isStoredAt, likeAround } from "../../sources/files/stored.ts";
import { compressedBlocks } from "../../sources/files/zstd-blocks.ts";
import { namesFound } from "./file-names.ts";
import type { Scan } from "./scan.ts";

/** Places of one secret at which a file is looked for in its archive. */
const MOST_TRIES = 1000;

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secret.reveal()}`;

/**
 * Which findings in an archive's own bytes are those of files that are stored in it as they are: they are told of the file, with
 * its path. Each finding of a file stands for one in the archive.
 */
export class ToldInside {
  readonly #archive: Buffer;
  readonly #left = new Map<string, Map<number, Candidate>>();
  readonly #inside = new Set<Candidate>();
  #blocks: readonly Place[] | undefined;

  constructor(archive: Uint8Array, found: Iterable<Candidate>) {
    this.#archive = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
    for (const candidate of found) {
      const key = keyOf(candidate);
      const places = this.#left.get(key) ?? new Map<number, Candidate>();
      this.#left.set(key, places.set(candidate.match.start, candidate));
    }
  }

  /** Takes in what was found in a file of the archive. */
  take(file: Uint8Array, found: readonly Candidate[]): void {
    const at = this.#placeOf(file, found);
    // Compressed as nothing but blocks of it as they are, the file has heads of blocks in it.
    const inBlocks =
      at === undefined && !hasHeads(this.#archive) ? Buffer.from(file.buffer, file.byteOffset, file.length) : undefined;
    if (at === undefined && inBlocks === undefined) return;
    for (const candidate of found) {
      const places = this.#left.get(keyOf(candidate));
      if (places === undefined) continue;
      const place =
        inBlocks === undefined
          ? (at ?? 0) + candidate.match.start
          : (this.#likest(inBlocks, candidate, places.keys()) ?? this.#kept(places));
      const outer = place === undefined ? undefined : places.get(place);
      if (place === undefined || outer === undefined) continue;
      places.delete(place);
      this.#inside.add(outer);
    }
  }

  /** Takes in what was found in names of files in the archive, or in where links in it lead. */
  takeNames(found: readonly Candidate[]): void {
    const keys = new Set(found.map(keyOf).filter((key) => (this.#left.get(key)?.size ?? 0) > 0));
    if (keys.size === 0) return;
    const places = placesOfNames(this.#archive);
    for (const key of keys) {
      const left = this.#left.get(key);
      for (const [place, outer] of left ?? []) {
        if (!isInOneOf(places, outer.span)) continue;
        left?.delete(place);
        this.#inside.add(outer);
      }
    }
  }

  /** The place around which most is as it is around the candidate in its file. */
  #likest(file: Buffer, { match }: Candidate, places: Iterable<number>): number | undefined {
    let [likest, most]: [number | undefined, number] = [undefined, 0];
    let tries = 0;
    for (const place of places) {
      if (++tries > MOST_TRIES) break;
      const like = likeAround(file, match.start, match.end, this.#archive, place);
      if (like > most) [likest, most] = [place, like];
    }
    return likest;
  }

  /** A place in a compressed block, which has nothing but the file: one of zstd keeps letters as they are, without what is around them. */
  #kept(places: ReadonlyMap<number, Candidate>): number | undefined {
    this.#blocks ??= compressedBlocks(this.#archive);
    let tries = 0;
    for (const [place, { span }] of places) {
      if (++tries > MOST_TRIES) break;
      if (isInOneOf(this.#blocks, span)) return place;
    }
    return undefined;
  }

  #placeOf(file: Uint8Array, found: readonly Candidate[]): number | undefined {
    let tries = 0;
    for (const candidate of found) {
      for (const start of this.#left.get(keyOf(candidate))?.keys() ?? []) {
        if (++tries > MOST_TRIES) return undefined;
        const at = start - candidate.match.start;
        if (isStoredAt(this.#archive, file, at)) return at;
      }
    }
    return undefined;
  }

  has(candidate: Candidate): boolean {
    return this.#inside.has(candidate);
  }
}

/** Whether it stands in one of the places, which are in order. */
function isInOneOf(places: readonly Place[], { start, end }: Span): boolean {
  const [from, to] = places[firstAfter(0, places.length, (index) => places[index]![0] <= start) - 1] ?? [0, 0];
  return start >= from && end <= to;
}

/**
 * A file of an archive, or the name of one, what was found in it, and which of that is told there: what none of the files that stand in
 * it tells.
 */
export interface FoundInside {
  readonly fragment: Fragment;
  readonly candidates: readonly Candidate[];
  readonly isTold: (candidate: Candidate) => boolean;
}

interface Opened extends Omit<FoundInside, "isTold"> {
  readonly inside: ToldInside;
}

/** How an archive is looked at. */
export interface Looking {
  readonly scan: Scan;
  readonly unpacker: Unpacker;
  readonly skipped: Scan["skipped"];
  /** What else is known of all that is in it. */
  readonly about?: Omit<Provenance, "kind" | "path">;
}

/**
 * What is found in the files of an archive and in their names, at whatever depth. The own bytes of those that are archives again are looked
 * at too.
 *
 * @param archive its path, its bytes and what was found in those.
 * @returns which of that was told of a file in it.
 */
export function* foundInside(
  { scan, unpacker, skipped, about = {} }: Looking,
  archive: { readonly path: string; readonly bytes: Uint8Array; readonly found: readonly Candidate[] },
): Generator<FoundInside, ToldInside> {
  const outermost = new ToldInside(archive.bytes, archive.found);
  const open: Opened[] = [];
  const closed = ({ fragment, candidates, inside }: Opened): FoundInside => ({
    fragment,
    candidates,
    isTold: (candidate) => !inside.has(candidate),
  });
  const inNames: FoundInside[] = [];
  const named = ({ folders, level }: UnpackedNames) => {
    for (const { fragment, candidates, told } of namesFound(scan, folders, about)) {
      inNames.push({ fragment, candidates, isTold: (candidate) => told.has(candidate) });
      (open[level - 1]?.inside ?? outermost).takeNames([...told]);
    }
  };
  for (const file of unpacker.unpack(archive.path, archive.bytes, skipped, named)) {
    for (const done of open.splice(file.level - 1).reverse()) yield closed(done);
    yield* inNames.splice(0);
    const fragment: Fragment = { bytes: file.bytes, provenance: { ...about, kind: "file", path: file.path } };
    const candidates = scan.candidates(fragment);
    const within = open.at(-1)?.inside ?? outermost;
    within.take(file.bytes, candidates);
    if (file.isLink) within.takeNames(candidates);
    if (file.isArchive) open.push({ fragment, candidates, inside: new ToldInside(file.bytes, candidates) });
    else yield { fragment, candidates, isTold: () => true };
  }
  for (const done of open.reverse()) yield closed(done);
  yield* inNames.splice(0);
  return outermost;
}
