// What a finished scan leaves for the next one of the same repository with the same rules: which objects were scanned,
// which commits were walked, and where something was found. Object ids and numbers, nothing else: neither secrets, nor
// digests of them, nor any text of the repository. Findings are told again by reading their places again.
import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { HistoryGraph, TagChains } from "./history-graph.ts";
import type { HistoryCoverage, HistoryOptions } from "./history.ts";
import { looseIds } from "../objects/loose.ts";
import type { ObjectPass } from "../scan/object-pass.ts";
import type { Place } from "./placing.ts";
import type { Repository } from "../repository.ts";
import { SortedIds } from "../objects/sorted-ids.ts";

const VERSION = 6;
const MAGIC = "patrol history scan\n";
/** More lists than this are joined into one. */
const MOST_LISTS = 8;

/** What a scan knows of those before it. */
export interface ScanMemory {
  /** Packs of which every object was scanned, by checksum. */
  readonly packs: ReadonlySet<string>;
  /** What refs led to, hex. */
  readonly tips: readonly string[];
  /** Where tags lead: what a tag object says never changes. */
  readonly chains: TagChains;
  readonly places: readonly Place[];
  /** Blobs that trees name and the repository lacks, hex. */
  readonly missing: readonly string[];
  readonly counts: Pick<HistoryCoverage, "commits" | "objects" | "bytes" | "binary">;
  readonly objects: readonly SortedIds[];
  readonly commits: readonly SortedIds[];
  /** Blobs that rules matched in, wherever they stand. */
  readonly found: readonly SortedIds[];
  /** Those of them that commits brought. */
  readonly placed: readonly SortedIds[];
  /** Blobs that were left out because they are binary. */
  readonly binaries: readonly SortedIds[];
  /** The latest time of a commit, seconds since 1970. */
  readonly newest: number;
}

export const remembers = (lists: readonly SortedIds[], hexId: string): boolean => {
  const id = Buffer.from(hexId, "hex");
  return lists.some((list) => list.has(id));
};

/** Joins many short lists into one. */
function tidy(lists: readonly SortedIds[], idBytes: number): readonly SortedIds[] {
  const filled = lists.filter(({ count }) => count > 0);
  if (filled.length <= MOST_LISTS) return filled;
  const ids = new Set<string>();
  for (const { bytes } of filled) {
    for (let at = 0; at < bytes.length; at += idBytes) ids.add(bytes.toString("hex", at, at + idBytes));
  }
  return [SortedIds.from(ids, idBytes)];
}

/** What this scan adds to what was known. */
export function memoryOf(
  graph: HistoryGraph,
  { places, placed }: { readonly places: readonly Place[]; readonly placed: Iterable<string> },
  { store, missing, hits, binaries }: Pick<ObjectPass, "store" | "missing" | "hits" | "binaries">,
  counts: ScanMemory["counts"],
  before: ScanMemory | undefined,
): ScanMemory {
  const { objectDirs, format } = store.repository;
  const known = before?.objects ?? [];
  const fresh = store.packs.filter(({ index }) => before?.packs.has(index.packChecksum) !== true);
  const loose = objectDirs.flatMap((dir) => looseIds(dir, format)).filter((id) => !remembers(known, id));
  const objects = [
    ...known,
    ...fresh.map(({ index }) => index.sortedIds()),
    SortedIds.from(new Set(loose), format.bytes),
  ];
  const found = [...hits].filter(([, { length }]) => length > 0).map(([id]) => id);
  const commits = [...(before?.commits ?? []), SortedIds.from(graph.commits.ids(), format.bytes)];
  return {
    packs: new Set([...(before?.packs ?? []), ...store.packs.map(({ index }) => index.packChecksum)]),
    tips: graph.tips,
    chains: graph.chains,
    places,
    missing,
    counts,
    objects: tidy(objects, format.bytes),
    commits: tidy(commits, format.bytes),
    found: tidy([...(before?.found ?? []), SortedIds.from(found, format.bytes)], format.bytes),
    placed: tidy([...(before?.placed ?? []), SortedIds.from(placed, format.bytes)], format.bytes),
    binaries: tidy([...(before?.binaries ?? []), SortedIds.from(binaries, format.bytes)], format.bytes),
    newest: graph.commits.newest(before?.newest ?? 0),
  };
}

export interface ScanCache {
  /** Undefined: there is none that fits. A file that is damaged or cut short is none. */
  read(): ScanMemory | undefined;
  /** Whole or not at all; that it cannot be written is no failure. */
  write(memory: ScanMemory): void;
}

interface Header extends Pick<ScanMemory, "tips" | "places" | "missing" | "counts" | "newest"> {
  readonly version: number;
  readonly rules: string;
  readonly packs: readonly string[];
  readonly chains: readonly (readonly string[])[];
  readonly objects: readonly ListHead[];
  readonly commits: readonly ListHead[];
  readonly found: readonly ListHead[];
  readonly placed: readonly ListHead[];
  readonly binaries: readonly ListHead[];
}

/** A list's bytes, how many and their SHA-256. */
type ListHead = readonly [bytes: number, digest: string];

/** Of lists that were read: most are written again as they are, and to hash them takes longer than to write them. */
const digests = new WeakMap<SortedIds, string>();

function headOf(list: SortedIds): ListHead {
  return [list.bytes.length, digests.get(list) ?? createHash("sha256").update(list.bytes).digest("hex")];
}

/** Rules and everything else that decides what a scan finds. */
function rulesKey({ rulebook, maxDecodeDepth }: HistoryOptions): string {
  return `${rulebook.hash} ${maxDecodeDepth ?? "default"}`;
}

function cachePath(repository: Repository, options: HistoryOptions, folder: string): string {
  const name = createHash("sha256")
    .update(`${repository.commonDir}\n${rulesKey(options)}`)
    .digest("hex")
    .slice(0, 32);
  return join(folder, name);
}

/** Undefined when the options ask for none. */
export function openScanCache(repository: Repository, options: HistoryOptions): ScanCache | undefined {
  const { cache } = options;
  if (cache === undefined) return undefined;
  const path = typeof cache === "string" ? cache : cachePath(repository, options, cache.folder);
  const idBytes = repository.format.bytes;
  return {
    read() {
      try {
        return decode(readFileSync(path), rulesKey(options), idBytes);
      } catch {
        return undefined; // not there yet, or not readable
      }
    },
    write(memory) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        if (typeof cache !== "string") dropOld(dirname(path));
        const draft = `${path}.${process.pid}`;
        writeParts(draft, encode(memory, rulesKey(options)));
        renameSync(draft, path);
      } catch {
        // The next scan is slower; nothing else.
      }
    },
  };
}

function writeParts(path: string, parts: readonly Buffer[]): void {
  const file = openSync(path, "w", 0o600);
  try {
    for (const part of parts) for (let at = 0; at < part.length;) at += writeSync(file, part, at);
  } finally {
    closeSync(file);
  }
}

/** Repositories go and rules change; what nobody wrote for so long is of no use to anybody. */
const OLD_MS = 30 * 24 * 3600 * 1000;

function dropOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { force: true });
  }
}

/** What the file says begins with a digest of its header, which holds those of the lists behind it. */
function encode(memory: ScanMemory, rules: string): Buffer[] {
  const { tips, chains, places, missing, counts, packs, objects, commits, found, placed, binaries, newest } = memory;
  const header: Header = {
    version: VERSION,
    rules,
    packs: [...packs],
    tips,
    chains: [...chains.values()],
    places,
    missing,
    counts,
    objects: objects.map(headOf),
    commits: commits.map(headOf),
    found: found.map(headOf),
    placed: placed.map(headOf),
    binaries: binaries.map(headOf),
    newest,
  };
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  const lists = [...objects, ...commits, ...found, ...placed, ...binaries].map(({ bytes }) => bytes);
  return [Buffer.from(MAGIC), createHash("sha256").update(head).digest(), head, ...lists];
}

function decode(file: Buffer, rules: string, idBytes: number): ScanMemory | undefined {
  const start = MAGIC.length + 32;
  if (file.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  const end = file.indexOf(10, start) + 1;
  const checksum = createHash("sha256").update(file.subarray(start, end)).digest();
  if (end === 0 || !checksum.equals(file.subarray(MAGIC.length, start))) return undefined;
  const header = JSON.parse(file.toString("utf8", start, end)) as Header;
  if (header.version !== VERSION || header.rules !== rules) return undefined;
  let at = end;
  let isWhole = true;
  const lists = (heads: readonly ListHead[]) =>
    heads.map(([length, digest]) => {
      const list = new SortedIds(file.subarray(at, (at += length)), idBytes);
      isWhole &&= createHash("sha256").update(list.bytes).digest("hex") === digest;
      digests.set(list, digest);
      return list;
    });
  const { tips, places, missing, counts, newest } = header;
  const memory: ScanMemory = {
    packs: new Set(header.packs),
    tips,
    chains: new Map(header.chains.map((chain) => [chain[0] ?? "", chain])),
    places,
    missing,
    counts,
    objects: lists(header.objects),
    commits: lists(header.commits),
    found: lists(header.found),
    placed: lists(header.placed),
    binaries: lists(header.binaries),
    newest,
  };
  return isWhole && at === file.length ? memory : undefined;
}
