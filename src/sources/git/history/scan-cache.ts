// What a finished scan leaves for the next one of the same repository with the same rules: which objects were scanned,
// which commits were walked, and where something was found. Object ids and numbers, nothing else: neither secrets, nor
// digests of them, nor any text of the repository. Findings are told again by reading their places again.
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeFolder } from "../../../disk/make-folder.ts";
import { sha256 } from "../../../disk/sha256.ts";
import type { HistoryOptions } from "./history.ts";
import type { Repository } from "../repository.ts";
import type { ObjectStore } from "../objects/object-store.ts";
import { SortedIds } from "../objects/sorted-ids.ts";
import { addsNothing, asOne, ID_LISTS, withAddition, type Addition, type ScanMemory } from "./scan-memory.ts";
import { DamagedSegment, SegmentFile, writeSegmentFile, type NewSegment, type StoredSegment } from "./segment-file.ts";

/** More segments than this are written as one: each has lists that are looked into one after the other. */
const MOST_SEGMENTS = 16;

export interface ScanCache {
  /** Undefined: there is none that fits. A file counts up to where it is damaged or cut short. */
  read(): ScanMemory | undefined;
  /** Whole or not at all; that it cannot be written is no failure. `before`: what `read` gave, if the scan went by it. */
  write(addition: Addition, before: ScanMemory | undefined, store: ObjectStore): void;
  close(): void;
}

/** The list that is by far the longest, and that few scans ask for: new commits stand on what refs led to. */
const LONG: (typeof ID_LISTS)[number] = "commits";

/** Its parts are that list, the others in the order of `ID_LISTS`, one behind the other, and then the ids of each pack. */
interface Head extends Omit<Addition, "packs" | "lists"> {
  readonly rules: string;
  /** Bytes of each of the lists. */
  readonly lists: readonly number[];
  readonly packs: readonly string[];
}

/** Rules and everything else that decides what a scan finds. */
function rulesKey({ rulebook, maxDecodeDepth, allowedIn }: HistoryOptions): string {
  return `${rulebook.hash} ${maxDecodeDepth ?? "default"}${allowedIn ? " comments" : ""}`;
}

function cachePath(repository: Repository, options: HistoryOptions, folder: string): string {
  const name = sha256(Buffer.from(`${repository.commonDir}\n${rulesKey(options)}`)).toString("hex");
  return join(folder, name.slice(0, 32));
}

/** Undefined when the options ask for none. */
export function openScanCache(repository: Repository, options: HistoryOptions): ScanCache | undefined {
  const { cache } = options;
  if (cache === undefined) return undefined;
  const path = typeof cache === "string" ? cache : cachePath(repository, options, cache.folder);
  const rules = rulesKey(options);
  const file = SegmentFile.open<Head>(path);
  /** Whether each of the file's segments went into what was read. */
  let isAllRead = false;
  return {
    read() {
      let memory: ScanMemory | undefined;
      try {
        for (const segment of file?.segments ?? []) {
          if (segment.head.rules !== rules) return memory;
          memory = withAddition(memory, decode(segment, repository.format.bytes));
        }
        isAllRead = true;
      } catch (error) {
        if (!(error instanceof DamagedSegment)) throw error;
      }
      return memory;
    },
    write(addition, before, store) {
      try {
        makeFolder(dirname(path), 0o700);
        if (typeof cache !== "string") dropOld(dirname(path));
        if (isAllRead && before !== undefined && file?.isWhole() === true && addsNothing(addition, before)) {
          // It is still of use.
          utimesSync(path, new Date(), new Date());
          return;
        }
        const count = file?.segments.length ?? 0;
        const isAdded =
          before !== undefined && isAllRead && count < MOST_SEGMENTS && file?.append(encode(addition, rules)) === true;
        if (isAdded) return;
        writeSegmentFile(path, encode(asOne(withAddition(before, addition), store), rules));
      } catch (error) {
        // The next scan is slower; nothing else. What is damaged is not kept.
        if (error instanceof DamagedSegment) rmSync(path, { force: true });
      }
    },
    close: () => file?.close(),
  };
}

/** Repositories go and rules change; what nobody wrote for so long is of no use to anybody. */
const OLD_MS = 30 * 24 * 3600 * 1000;

function dropOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs > OLD_MS) rmSync(path, { force: true });
  }
}

function encode({ packs, lists, ...rest }: Addition, rules: string): NewSegment<Head> {
  const bytes = ID_LISTS.map((name) => lists[name].bytes);
  const short = bytes.filter((_, i) => ID_LISTS[i] !== LONG);
  return {
    head: { ...rest, rules, lists: bytes.map(({ length }) => length), packs: [...packs.keys()] },
    parts: [lists[LONG].bytes, Buffer.concat(short), ...Array.from(packs.values(), (ids) => ids().bytes)],
  };
}

function decode({ head, part }: StoredSegment<Head>, idBytes: number): Addition {
  const { rules: _, lists, packs, ...rest } = head;
  const bytes = part(1);
  let at = 0;
  const named = ID_LISTS.map((name, i) => {
    const length = lists[i] ?? 0;
    if (name === LONG) return [name, new SortedIds(length / idBytes, () => part(0), idBytes)];
    return [name, SortedIds.of(bytes.subarray(at, (at += length)), idBytes)];
  });
  return {
    ...rest,
    lists: Object.fromEntries(named) as Addition["lists"],
    // Most by far, and needed only where a pack is gone.
    packs: new Map(packs.map((checksum, i) => [checksum, () => SortedIds.of(part(2 + i), idBytes)])),
  };
}
