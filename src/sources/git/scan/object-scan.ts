// Scans one object that lies in the matcher's memory: whole, or only what a delta changed in it. What else a rule found in
// the delta's base is carried over.
import { SEEN_BEFORE, SEEN_BEHIND } from "../../../engine/decode/words.ts";
import { byteOrder } from "../../../model/byte-order.ts";
import { SLACK, type GitCore } from "../core/git-core.ts";
import { eachCopy } from "../objects/delta.ts";
import { EncodedText } from "./encoded-text.ts";
import { HitPlaces, moveHit, type Hit } from "./hit.ts";
import { MATCH_WORDS, type Matcher } from "../core/matcher.ts";
import { messageStart, textsIn } from "../objects/commit.ts";
import { BLOB } from "../object-id.ts";
import { counting, REFUSED, type Gate, type Sifter } from "./sifter.ts";
import { workspaceOf, type Workspace } from "../core/workspace.ts";

/** Objects up to this size are read in one piece; larger ones go another way. */
export const PIECE_BYTES = 48 << 20;
const OVERLAP_BYTES = 1 << 20;
/** Room for deltas at first, where little is to be scanned. */
const SMALL_DELTA_BYTES = 2 << 20;
/** Most ranges that are told apart in one delta. */
export const MAX_RANGES = 1 << 19;
/** Parts of an object that are no longer split when they hold too many matches. */
const SMALLEST_PART = 4096;

export interface ObjectCounts {
  objects: number;
  bytes: number;
  scanned: number;
  binary: number;
}

/** A delta that was just applied: `GitCore.ranges` and the ranges themselves still speak of it. */
export interface Applied {
  /** Where the delta lies, and its length. */
  readonly address: number;
  readonly length: number;
  /** What was found in its base. */
  readonly baseHits: readonly Hit[];
}

/** A part of an object, in offsets from its first byte. */
type Piece = readonly [from: number, to: number];

interface BlobHits {
  readonly hits: readonly Hit[];
  readonly asBase: readonly Hit[] | undefined;
}

export const NO_HITS: readonly Hit[] = [];

export class ObjectScan {
  readonly counts: ObjectCounts = { objects: 0, bytes: 0, scanned: 0, binary: 0 };
  /** Where `GitCore.applyDelta` writes the ranges that it changed. */
  readonly ranges: number;
  readonly #matcher: Matcher;
  readonly #git: GitCore;
  readonly #sifter: Sifter;
  readonly #encoded: EncodedText;
  readonly #space: Workspace;
  #bytes = Buffer.alloc(0);
  #rangeView = new Int32Array(0);
  /** Which rules need be asked about this object, when what others say does not hang on it. */
  #gate: Gate | undefined;
  /** Whether a scan of this object met what `Matcher.sawFar` tells. */
  #sawFar = false;

  constructor(matcher: Matcher, git: GitCore, sifter: Sifter) {
    this.#matcher = matcher;
    this.#git = git;
    this.#sifter = sifter;
    this.#encoded = new EncodedText(matcher, sifter);
    this.#space = workspaceOf(matcher);
    this.roomForDelta(0);
    this.ranges = this.#space.region("ranges", 8 * MAX_RANGES);
  }

  /** Where a delta or a single object of so many bytes, `PIECE_BYTES` at the most, is put. The memory may grow. */
  roomForDelta(bytes: number): number {
    const least = this.#space.isSmall ? SMALL_DELTA_BYTES : PIECE_BYTES;
    return this.#space.region("delta", Math.max(bytes, least) + 2 * SLACK) + SLACK;
  }

  /** The matcher's memory; a view that dies when that grows. */
  get bytes(): Buffer {
    this.#renew();
    return this.#bytes;
  }

  #renew(): void {
    const { buffer } = this.#matcher.memory;
    if (this.#bytes.buffer === buffer) return;
    this.#bytes = Buffer.from(buffer);
    this.#rangeView = new Int32Array(buffer, this.ranges, 2 * MAX_RANGES);
  }

  /**
   * Scans one object that was read by other means.
   *
   * @returns its hits; none for what is not text.
   */
  object(kind: number, content: Uint8Array): readonly Hit[] {
    const { counts } = this;
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    counts.objects++;
    counts.bytes += bytes.length;
    const nature = kind === BLOB ? natureOf(bytes, 0, bytes.length) : "text";
    if (nature === "binary") {
      counts.binary++;
      return NO_HITS;
    }
    if (nature === "wide") return this.#sifter.siftAll(bytes);
    this.#gate = this.#sifter.gate(() => bytes.toString("latin1"));
    const hits = [...this.text(bytes)];
    if (kind !== BLOB) {
      hits.push(...this.#inWideMessage(bytes));
      if (this.#sifter.asksForEdges)
        for (const { from, to } of edgesOf(bytes)) hits.push(...this.text(bytes.subarray(from, to)));
    }
    const counted = counting(hits, this.#gate);
    this.#gate = undefined;
    return counted;
  }

  /** The hits of bytes, whatever they are. */
  text(bytes: Buffer): readonly Hit[] {
    return this.touched(bytes).filter(({ isRefused }) => isRefused !== true);
  }

  /** These, and what is refused but keeps others from their places. */
  touched(bytes: Buffer): readonly Hit[] {
    this.counts.scanned += bytes.length;
    const hits: Hit[] = [];
    // What is larger than a piece goes through in overlapping windows; nothing that rules find is longer than the overlap.
    for (let from = 0; from < bytes.length; from += PIECE_BYTES - OVERLAP_BYTES) {
      const length = Math.min(PIECE_BYTES, bytes.length - from);
      const address = this.roomForDelta(length);
      this.bytes.set(bytes.subarray(from, from + length), address);
      for (const hit of this.#from(address, length, 0)) hits.push(moveHit(hit, from));
      if (from + length === bytes.length) break;
    }
    return inOrder(hits);
  }

  /**
   * The hits in a commit or tag, its header among them: more than count, since that is read as a text of its own. Where rules ask
   * where a text begins or ends, those that only the message or a text in the header has, counted from there, come behind the others.
   */
  message(address: number, length: number): readonly Hit[] {
    this.#count(length);
    this.counts.scanned += length;
    return this.#message(address, length, () => {
      const hits = [...this.#from(address, length, 0)];
      const object = () => this.bytes.subarray(address, address + length);
      if (this.#sifter.asksForEdges)
        for (const { from, to } of edgesOf(object())) hits.push(...this.#from(address + from, to - from, 0));
      return [...hits, ...this.#inWideMessage(object())];
    });
  }

  /** What the message of a commit or tag holds where it has two bytes a character, as a blob may. */
  #inWideMessage(object: Buffer): readonly Hit[] {
    const from = messageStart(object);
    const message = object.subarray(from);
    if (!message.includes(0) || byteOrder(message) === undefined) return NO_HITS;
    return this.#sifter.siftAll(message).map((hit) => moveHit(hit, from));
  }

  /** As `message`, when it is counted already and only the pieces at `ranges` are left to be looked at. */
  messageLeft(address: number, length: number, left: number): readonly Hit[] {
    const pieces = this.#pieces(left);
    return this.#message(address, length, () => inOrder(this.#parts(address, length, pieces, undefined) ?? []));
  }

  #message(address: number, length: number, find: () => readonly Hit[]): readonly Hit[] {
    const gate = this.#sifter.gate(() => this.bytes.toString("latin1", address, address + length));
    this.#gate = gate;
    const hits = find();
    this.#gate = undefined;
    return counting(hits, gate);
  }

  /**
   * @param applied the delta that made the blob; undefined: it is scanned whole.
   * @param isLeaf no delta builds on it.
   * @returns its hits, and what deltas on it need to know: undefined when they have to be scanned whole.
   */
  blob(address: number, length: number, applied: Applied | undefined, isLeaf: boolean): BlobHits {
    this.#count(length);
    const { bytes, counts } = this;
    const isPlain = this.#git.hasNul(address, Math.min(length, 8000)) === 0;
    const nature = isPlain && !isMarked(bytes, address, length) ? "text" : natureOf(bytes, address, length);
    if (nature === "binary") {
      counts.binary++;
      return { hits: NO_HITS, asBase: undefined };
    }
    if (nature === "wide") {
      counts.scanned += length;
      return { hits: this.#sifter.siftAll(bytes.subarray(address, address + length)), asBase: undefined };
    }
    return this.#text(address, length, isLeaf, () => {
      const changed = applied && this.#changed(address, length, applied);
      if (changed === undefined) counts.scanned += length;
      return changed ?? this.#from(address, length, 0);
    });
  }

  /**
   * As `blob`, of text that is counted already, when only the pieces at `ranges` are left to be looked at.
   *
   * @param isPart what is around them was found clear in the delta's base.
   */
  blobLeft(address: number, length: number, left: number, isPart: boolean, isLeaf: boolean): BlobHits {
    return this.#text(address, length, isLeaf, () => {
      const found = this.#parts(address, length, this.#pieces(left), undefined);
      if (!isPart || !this.#sawFar) return inOrder(found ?? []);
      this.counts.scanned += length;
      return this.#from(address, length, 0);
    });
  }

  #text(address: number, length: number, isLeaf: boolean, find: () => readonly Hit[]): BlobHits {
    this.#sawFar = false;
    const gate = this.#sifter.gate(() => this.bytes.toString("latin1", address, address + length));
    this.#gate = isLeaf ? gate : undefined;
    const all = find();
    this.#gate = undefined;
    const hits = counting(all, gate);
    // What builds on something that may reach far is scanned whole.
    return { hits, asBase: this.#sawFar ? undefined : all };
  }

  #count(bytes: number): void {
    this.counts.objects++;
    this.counts.bytes += bytes;
  }

  /**
   * The hits of a delta's result: those in changed ranges are searched for, the others are the base's. Undefined when only a
   * scan of the whole is sure to find everything.
   */
  #changed(address: number, length: number, applied: Applied): readonly Hit[] | undefined {
    let count = this.#git.ranges();
    const ranges = this.#rangeView;
    for (let i = 0; i < 2 * count; i += 2) this.counts.scanned += (ranges[i + 1] as number) - (ranges[i] as number);
    let hits: Hit[] | undefined;
    if (applied.baseHits.length > 0) {
      const { carried, freed } = this.#carried(length, applied, count);
      hits = carried;
      if (freed.length > 0) {
        const pieces = joined([...this.#pieces(count), ...freed]);
        if (pieces.length > MAX_RANGES) return undefined;
        count = pieces.length;
        this.#rangeView.set(pieces.flat());
      }
    }
    const left = this.#winnow(address, length, this.ranges, count);
    if (left < 0) return undefined;
    if (left === 0) return hits === undefined ? NO_HITS : inOrder(hits);
    const found = inOrder(this.#parts(address, length, this.#pieces(left), hits) ?? []);
    if (this.#sawFar) return undefined;
    // A new one that begins earlier takes the place of one that was carried over, which may have kept others from theirs.
    return hits !== undefined && doOverlap(found) ? this.#from(address, length, 0) : found;
  }

  /** Has the matcher itself ask for the keywords of a rule whose matches need not hold one. */
  #mute(rule: number): void {
    this.#matcher.mute?.(rule, this.#sifter.keywordsOf(rule));
  }

  /** The pieces that lie at `ranges`. */
  #pieces(count: number): Piece[] {
    this.#renew();
    return Array.from({ length: count }, (_, i) => [
      this.#rangeView[2 * i] as number,
      this.#rangeView[2 * i + 1] as number,
    ]);
  }

  /** Leaves at `ranges` only pieces in which something may be found. @returns how many; -1: the whole has to be looked at */
  #winnow(address: number, length: number, ranges: number, count: number): number {
    return this.#matcher.winnow?.(address, length, ranges, count, this.#sifter.maxDecodeDepth) ?? count;
  }

  /**
   * The base's hits that no range touches, where they stand now, and what is left here of the others: matches may stand there that
   * began within those, and did not count, or the rest of a word over lines. What such a word is hangs on what is near it as well.
   */
  #carried(length: number, applied: Applied, count: number): { carried: Hit[]; freed: Piece[] } {
    const { baseHits } = applied;
    const carried: Hit[] = [];
    const freed: Piece[] = [];
    const first = baseHits.reduce((least, { start }) => Math.min(least, start), Infinity);
    const last = baseHits.reduce((most, { end }) => Math.max(most, end), 0);
    const places = new HitPlaces(baseHits);
    eachCopy(this.bytes.subarray(applied.address, applied.address + applied.length), (from, to, bytes) => {
      if (from >= last || from + bytes <= first) return;
      const distance = to - from;
      for (const { start, end, hits } of places.overlapping(from, from + bytes)) {
        const moved = { start: start + distance, end: end + distance };
        const seen =
          hits[0]!.at === undefined ? moved : { start: moved.start - SEEN_BEFORE, end: moved.end + SEEN_BEHIND };
        const isWhole = start >= from && moved.end <= length && !this.#isTouched(seen, count);
        if (isWhole) carried.push(...hits.map((hit) => moveHit(hit, distance)));
        else freed.push([Math.max(moved.start, to), Math.min(moved.end, to + bytes)]);
      }
    });
    return { carried, freed };
  }

  /** Whether one of the ranges overlaps it. They ascend. */
  #isTouched({ start, end }: Pick<Hit, "start" | "end">, count: number): boolean {
    const ranges = this.#rangeView;
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[2 * middle + 1] as number) > start) high = middle;
      else low = middle + 1;
    }
    return low < count && (ranges[2 * low] as number) < end;
  }

  /** The hits from `start` on. */
  #from(address: number, length: number, start: number): readonly Hit[] {
    if (start >= length) return NO_HITS;
    this.#rangeView[0] = start;
    this.#rangeView[1] = length;
    const left = this.#winnow(address, length, this.ranges, 1);
    if (left === 0) return NO_HITS;
    // Every far rule's beginning is in what is left, so that a scan of that finds its matches too.
    return inOrder(this.#parts(address, length, this.#pieces(left), undefined) ?? []);
  }

  /** Adds the hits that overlap the ranges: in clear first, then in encoded words. */
  #parts(address: number, length: number, ranges: readonly Piece[], hits: Hit[] | undefined) {
    let found = hits;
    for (const [from, to] of ranges) found = this.#match(address, length, from, to, found);
    return this.#encoded.find(address, length, ranges, found);
  }

  /** Adds the hits in clear that overlap [from, to) to `hits`. */
  #match(address: number, length: number, from: number, to: number, hits: Hit[] | undefined): Hit[] | undefined {
    if (to <= from) return hits;
    const matcher = this.#matcher;
    const count = matcher.scan(address, length, from, to);
    if (matcher.sawFar) this.#sawFar = true;
    if (matcher.overflowed && to - from > SMALLEST_PART) {
      const middle = (from + to) >>> 1;
      return this.#match(address, length, middle, to, this.#match(address, length, from, middle, hits));
    }
    if (count === 0) return hits;
    const object = Buffer.from(matcher.memory.buffer, address, length);
    const words = matcher.matches.slice(0, MATCH_WORDS * count);
    let found = hits;
    const gate = this.#gate;
    for (let i = 0; i < MATCH_WORDS * count; i += MATCH_WORDS) {
      const match = { rule: words[i] as number, start: words[i + 1] as number, end: words[i + 2] as number };
      const own = () => object.toString("latin1", match.start, match.end);
      if (gate?.(match.rule, own) === false) {
        this.#mute(match.rule);
        continue;
      }
      const sifted = this.#sifter.sift(object, match);
      if (sifted === REFUSED) matcher.refuse?.(address, length, match.rule, match.start, match.end);
      if (sifted.some(({ asksKeyword }) => asksKeyword)) this.#mute(match.rule);
      if (sifted.length > 0) (found ??= []).push(...sifted);
    }
    return found;
  }
}

/** What of a commit or tag begins and ends as a text of its own: its message, and what people chose in its header. */
const edgesOf = (bytes: Buffer) => [...textsIn(bytes), { from: messageStart(bytes), to: bytes.length }];

/** The same places, in order and none of them twice. */
function joined(pieces: readonly Piece[]): Piece[] {
  const found: [number, number][] = [];
  for (const [from, to] of [...pieces].sort((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last === undefined || from > last[1]) found.push([from, to]);
    else last[1] = Math.max(last[1], to);
  }
  return found;
}

/** Whether two matches of one rule in clear overlap, as those of a scan never do. Hits come in their order. */
function doOverlap(hits: readonly Hit[]): boolean {
  const ends = new Map<number, number>();
  for (const { at, rule, start, end, isClosed } of hits) {
    if (at !== undefined) continue;
    if (start < (ends.get(rule) ?? 0)) return true;
    ends.set(rule, isClosed ? end - 1 : end);
  }
  return false;
}

/** By place; a place that two ranges touch is found twice. */
function inOrder(hits: Hit[]): readonly Hit[] {
  if (hits.length < 2) return hits;
  const order = (a: Hit, b: Hit) =>
    a.start - b.start || a.end - b.end || (a.at ?? -1) - (b.at ?? -1) || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
  hits.sort(order);
  return hits.filter((hit, i) => i === 0 || order(hits[i - 1] as Hit, hit) !== 0);
}

/** Whether it begins with a byte order mark of UTF-16. */
function isMarked(bytes: Buffer, address: number, length: number): boolean {
  if (length < 2) return false;
  const mark = bytes.readUInt16LE(address);
  return mark === 0xfeff || mark === 0xfffe;
}

/** Git's rule for binary content, but for text of two bytes a character. */
export function natureOf(bytes: Buffer, address: number, length: number): "text" | "wide" | "binary" {
  if (isMarked(bytes, address, length)) return "wide";
  const head = bytes.subarray(address, address + Math.min(length, 8000));
  if (head.indexOf(0) < 0) return "text";
  const sniffed = Math.min(length, 512) & ~1;
  if (sniffed < 16) return "binary";
  const zeros = [0, 0] as [number, number];
  for (let i = 0; i < sniffed; i++) if (head[i] === 0) zeros[i & 1 ? 1 : 0]++;
  const [few, many] = zeros[0] < zeros[1] ? zeros : [zeros[1], zeros[0]];
  return many >= sniffed * 0.3 && few <= sniffed * 0.01 ? "wide" : "binary";
}
