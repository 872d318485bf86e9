// What a history scan knows of those before it, and what it adds: object ids and numbers.
import type { HistoryGraph, TagChains } from "./history-graph.ts";
import type { HistoryCoverage } from "./history.ts";
import { looseIds } from "../objects/loose.ts";
import { SortedIds } from "../objects/sorted-ids.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import type { PackedRefs, Ref, Refs } from "../refs.ts";
import type { ObjectPass } from "../scan/object-pass.ts";
import type { NamePlace } from "../trees/tree-walk.ts";
import type { Place } from "./placing.ts";

/** Lists of ids, one for each scan or so. */
export const ID_LISTS = ["loose", "commits", "found", "placed", "binaries", "packedTips"] as const;

interface IdLists {
  /** Objects that were scanned and are in none of the packs. */
  readonly loose: readonly SortedIds[];
  readonly commits: readonly SortedIds[];
  /** Blobs that rules matched in, wherever they stand. */
  readonly found: readonly SortedIds[];
  /** Those of them that commits brought. */
  readonly placed: readonly SortedIds[];
  /** Blobs that were left out because they are binary. */
  readonly binaries: readonly SortedIds[];
  /** What the refs of `packed` led to. */
  readonly packedTips: readonly SortedIds[];
}

export interface ScanMemory extends IdLists {
  /** The ids of packs of which every object was scanned, by the pack's checksum; read when they are asked for. */
  readonly packs: ReadonlyMap<string, () => SortedIds>;
  /** The file of packed refs, if all there is to tell of what they named is `packedTips`. */
  readonly packed: PackedRefs | undefined;
  /** What all other refs led to, hex. */
  readonly tips: readonly string[];
  /** Where tags lead: what a tag object says never changes. */
  readonly chains: TagChains;
  readonly places: readonly Place[];
  /** Where the names stand that lead to files among the places. */
  readonly names: readonly NamePlace[];
  /** Blobs that trees name and the repository lacks, hex. */
  readonly missing: readonly string[];
  readonly counts: Pick<HistoryCoverage, "commits" | "objects" | "bytes" | "binary">;
  /** The latest time of a commit, seconds since 1970. */
  readonly newest: number;
}

export const remembers = (lists: readonly SortedIds[], hexId: string): boolean => {
  const id = Buffer.from(hexId, "hex");
  return lists.some((list) => list.has(id));
};

/** Tells which objects were scanned. A pack that is still there tells by its index what it holds. */
export function scannedBefore({ packs, loose }: ScanMemory, store: ObjectStore): (hexId: string) => boolean {
  const here = new Map(store.packs.map(({ index }) => [index.packChecksum, index]));
  const indexes = [...packs.keys()].flatMap((checksum) => here.get(checksum) ?? []);
  let gone: SortedIds[] | undefined;
  // Each is asked about more than once, and to look into the index of a large pack is to read from a file.
  const known = new Map<string, boolean>();
  const isScanned = (id: Buffer): boolean => {
    if (loose.some((list) => list.has(id)) || indexes.some((index) => index.find(id) >= 0)) return true;
    gone ??= [...packs].flatMap(([checksum, ids]) => (here.has(checksum) ? [] : ids()));
    return gone.some((list) => list.has(id));
  };
  return (hexId) => {
    let answer = known.get(hexId);
    if (answer === undefined) known.set(hexId, (answer = isScanned(Buffer.from(hexId, "hex"))));
    return answer;
  };
}

/**
 * Whether what an earlier scan met is there still. While all of its packs are, so is what they held, and nothing has to be
 * looked for but what lay beside them.
 */
export function areHereStill({ packs, loose }: ScanMemory, store: ObjectStore, hexIds: Iterable<string>): boolean {
  const here = new Set(store.packs.map(({ index }) => index.packChecksum));
  const areAllHere = [...packs.keys()].every((checksum) => here.has(checksum));
  if (areAllHere && loose.every(({ count }) => count === 0)) return true;
  for (const id of hexIds)
    if (!(areAllHere && !remembers(loose, id)) && !store.has(Buffer.from(id, "hex"))) return false;
  return true;
}

/** What a scan adds to a memory. */
export interface Addition {
  readonly packs: ReadonlyMap<string, () => SortedIds>;
  readonly lists: { readonly [name in (typeof ID_LISTS)[number]]: SortedIds };
  readonly packed: PackedRefs | "as before" | undefined;
  readonly tips: readonly string[];
  readonly chains: readonly (readonly string[])[];
  /** So many places stay as they are; all others are in `places`. */
  readonly kept: number;
  readonly places: readonly Place[];
  /** Those that come behind the names that were known. */
  readonly names: readonly NamePlace[];
  readonly missing: readonly string[];
  readonly counts: ScanMemory["counts"];
  readonly newest: number;
}

const NOTHING: ScanMemory = {
  packs: new Map(),
  packed: undefined,
  tips: [],
  chains: new Map(),
  places: [],
  names: [],
  missing: [],
  counts: { commits: 0, objects: 0, bytes: 0, binary: 0 },
  newest: 0,
  ...(Object.fromEntries(ID_LISTS.map((name) => [name, []])) as unknown as IdLists),
};

export function withAddition(before: ScanMemory = NOTHING, more: Addition): ScanMemory {
  const lists = ID_LISTS.map((name) => {
    const older = name === "packedTips" && more.packed !== "as before" ? [] : before[name];
    return [name, more.lists[name].count === 0 ? older : [...older, more.lists[name]]];
  });
  return {
    packs: new Map([...before.packs, ...more.packs]),
    packed: more.packed === "as before" ? before.packed : more.packed,
    tips: more.tips,
    chains: new Map([...before.chains, ...more.chains.map((chain) => [chain[0] ?? "", chain] as const)]),
    places: [...before.places.slice(0, more.kept), ...more.places],
    names: [...before.names, ...more.names],
    missing: [...before.missing, ...more.missing],
    counts: more.counts,
    newest: more.newest,
    ...(Object.fromEntries(lists) as IdLists),
  };
}

export function addsNothing(
  { packs, lists, packed, tips, chains, places, names, kept, missing }: Addition,
  before: ScanMemory,
) {
  const parts = [chains, places, names, missing, ...Object.values(lists).map(({ count }) => ({ length: count }))];
  const isSame =
    (packed === "as before" || packed === before.packed) &&
    kept === before.places.length &&
    tips.join() === before.tips.join();
  return isSame && packs.size === 0 && parts.every(({ length }) => length === 0);
}

/** Packs that are gone, more of them than this, are kept as one. */
const MOST_GONE = 8;

/** All of a memory, as if one scan had added it. */
export function asOne(memory: ScanMemory, store: ObjectStore): Addition {
  const idBytes = store.repository.format.bytes;
  const here = new Set(store.packs.map(({ index }) => index.packChecksum));
  const gone = [...memory.packs].filter(([checksum]) => !here.has(checksum));
  const isMany = gone.length > MOST_GONE;
  const lists = ID_LISTS.map((name) => {
    const joined = name === "loose" && isMany ? [...memory.loose, ...gone.map(([, ids]) => ids())] : memory[name];
    return [name, joinIds(joined, idBytes)];
  });
  return {
    packs: isMany ? new Map([...memory.packs].filter(([checksum]) => here.has(checksum))) : memory.packs,
    lists: Object.fromEntries(lists) as Addition["lists"],
    packed: memory.packed,
    tips: memory.tips,
    chains: [...memory.chains.values()],
    kept: 0,
    places: memory.places,
    names: memory.names,
    missing: memory.missing,
    counts: memory.counts,
    newest: memory.newest,
  };
}

function joinIds(lists: readonly SortedIds[], idBytes: number): SortedIds {
  const filled = lists.filter(({ count }) => count > 0);
  return filled.length === 1 && filled[0] !== undefined
    ? filled[0]
    : SortedIds.from(new Set(filled.flatMap((list) => [...list])), idBytes);
}

/** What `additionOf` asks of the second half of a scan. */
interface Placed {
  readonly places: readonly Place[];
  readonly names: readonly NamePlace[];
  readonly placed: Iterable<string>;
  /** Whether a ref's own name was told of. */
  readonly tellsRefs: boolean;
}

/** What this scan adds to what was known. */
export function additionOf(
  graph: HistoryGraph,
  refs: Refs,
  { places, names, placed, tellsRefs }: Placed,
  { store, leftOut, hits, binaries }: Pick<ObjectPass, "store" | "leftOut" | "hits" | "binaries">,
  counts: ScanMemory["counts"],
  before: ScanMemory | undefined,
): Addition {
  const { objectDirs, format } = store.repository;
  const fresh = store.packs.filter(({ index }) => before?.packs.has(index.packChecksum) !== true);
  const isScanned = before && scannedBefore(before, store);
  const loose = objectDirs.flatMap((dir) => looseIds(dir, format)).filter((id) => isScanned?.(id) !== true);
  const list = (ids: Iterable<string>, known: readonly SortedIds[] = []) =>
    SortedIds.from(
      [...ids].filter((id) => !remembers(known, id)),
      format.bytes,
    );
  // Names that are told, and what no commit leads to, are told by name again: so all refs have to be read.
  const isPlain = !tellsRefs && graph.tagged.length === 0 && places.every(({ kind }) => kind !== "tag-message");
  const packed = refs.isRest === true ? "as before" : isPlain ? refs.packed : undefined;
  const tipsOf = (some: readonly Ref[]) =>
    new Set(some.flatMap(({ object }) => (graph.tips.has(object) ? object : (graph.chains.get(object)?.at(-1) ?? []))));
  const tipsInFile = typeof packed === "object" ? tipsOf(refs.list.filter(({ isPacked }) => isPacked === true)) : [];
  const tips = typeof packed === "object" ? tipsOf(refs.list.filter(({ isPacked }) => isPacked !== true)) : graph.tips;
  const isKept = (place: Place, older: Place | undefined) =>
    place === older || JSON.stringify(place) === JSON.stringify(older);
  const kept = places.findIndex((place, i) => !isKept(place, before?.places[i]));
  const known = new Set(before?.missing);
  return {
    packs: new Map(fresh.map(({ index }) => [index.packChecksum, () => index.sortedIds()])),
    lists: {
      loose: list(new Set(loose)),
      commits: SortedIds.from(graph.commits.ids(), format.bytes),
      found: list(
        [...hits].filter(([, { length }]) => length > 0).map(([id]) => id),
        before?.found,
      ),
      placed: list(placed, before?.placed),
      binaries: list(binaries, before?.binaries),
      packedTips: list(tipsInFile),
    },
    packed,
    tips: [...tips],
    chains: [...graph.chains].filter(([id]) => before?.chains.has(id) !== true).map(([, chain]) => chain),
    kept: kept < 0 ? places.length : kept,
    places: kept < 0 ? [] : places.slice(kept),
    names: names.slice(before?.names.length ?? 0),
    missing: leftOut.missing.filter((id) => !known.has(id)),
    counts,
    newest: graph.commits.newest(before?.newest ?? 0),
  };
}
