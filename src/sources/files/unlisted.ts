// What libarchive passes over in a zip although it has content: files that the directory does not list, as of an archive in front of another
// one, and what stands under the name of a folder or of a device. Other programs take it out.
import { inflateRawSync } from "node:zlib";
import type { Costs, Entry } from "./container.ts";
import { complaint, type Told } from "./gunzip.ts";
import { listedFiles, type ListedFile } from "./zip-directory.ts";

const LOCAL = Buffer.from("PK\x03\x04");
const LOCAL_BYTES = 30;
const [ENCRYPTED, SIZE_BEHIND] = [1, 8];
const [STORED, DEFLATED] = [0, 8];
const NO_ROOM = 0xffff_ffff;

interface Local {
  readonly name: string;
  readonly system: number;
  readonly flags: number;
  readonly method: number;
  readonly from: number;
  /** Where its content ends. Undefined: only its content says so. */
  readonly to: number | undefined;
}

function localAt(zip: Buffer, at: number): Local | undefined {
  if (at + LOCAL_BYTES > zip.length) return undefined;
  const nameEnd = at + LOCAL_BYTES + zip.readUInt16LE(at + 26);
  const from = nameEnd + zip.readUInt16LE(at + 28);
  if (from > zip.length) return undefined;
  const flags = zip.readUInt16LE(at + 6);
  const packedBytes = zip.readUInt32LE(at + 18);
  const isOpen = packedBytes === NO_ROOM || (packedBytes === 0 && (flags & SIZE_BEHIND) !== 0);
  return {
    name: zip.toString("utf8", at + LOCAL_BYTES, nameEnd),
    system: zip[at + 5]!,
    flags,
    method: zip.readUInt16LE(at + 8),
    from,
    to: isOpen ? undefined : Math.min(from + packedBytes, zip.length),
  };
}

/** Whether libarchive takes it for a folder, by its name alone. */
const isFolder = ({ name, system }: Local) =>
  name.endsWith("/") || (system === 0 && name.endsWith("\\") && !name.includes("/"));

/** What of the archive libarchive gives, from the head of each file to the end of its content; in order. */
function givenParts(zip: Buffer, listed: readonly ListedFile[]): (readonly [number, number])[] {
  const parts = listed.flatMap(({ local, packedBytes, isNoFile }) => {
    const head = local >= 0 ? localAt(zip, local) : undefined;
    if (head === undefined || isNoFile || isFolder(head)) return [];
    // The directory may say that it goes on over what stands behind it.
    const own = head.to !== undefined && head.to > head.from ? head.to : Infinity;
    return [[local, Math.min(own, head.from + packedBytes)] as const];
  });
  return parts.sort(([a], [b]) => a - b);
}

/** The content, and where it ends. */
function contentOf(zip: Buffer, { method, from, to }: Local, most: number): { bytes: Uint8Array; end: number } {
  if (method === STORED) {
    const next = zip.indexOf("PK", from);
    const end = to ?? (next < 0 ? zip.length : next);
    return { bytes: zip.subarray(from, end), end };
  }
  if (method !== DEFLATED) throw new Error(`Unsupported ZIP compression method (${method})`);
  const told = inflateRawSync(zip.subarray(from, to), {
    maxOutputLength: most,
    info: true,
  } as object) as unknown as Told;
  return { bytes: told.buffer, end: to ?? from + told.engine.bytesWritten };
}

/** The entries of a zip that libarchive does not give, or gives without their content. Of another archive none. */
export function* unlistedIn(bytes: Uint8Array, costs: Costs): Generator<Entry> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (zip.toString("latin1", 0, 2) !== "PK") return;
  const listed = listedFiles(bytes);
  const given = givenParts(zip, listed ?? []);
  let part = 0;
  let done = 0;
  for (let at = zip.indexOf(LOCAL); at >= 0; at = zip.indexOf(LOCAL, done)) {
    for (; part < given.length && given[part]![0] <= at; part++) done = Math.max(done, given[part]![1]);
    if (at < done) continue;
    done = at + LOCAL.length;
    const local = localAt(zip, at);
    if (local === undefined) continue;
    if (listed === undefined && !isFolder(local)) done = Math.max(done, local.to ?? 0);
    else done = Math.max(done, yield* unlisted(zip, local, costs));
  }
}

/** @returns where it ends, as far as it can be told. */
function* unlisted(zip: Buffer, local: Local, costs: Costs): Generator<Entry, number> {
  const { name, flags, to } = local;
  if (to === local.from) return to;
  if (flags & ENCRYPTED) {
    costs.enter();
    yield { name, trouble: "encrypted" };
    return to ?? 0;
  }
  try {
    const { bytes, end } = contentOf(zip, local, costs.entryBytes);
    if (bytes.length > 0) {
      costs.enter();
      costs.spend(bytes.length);
      yield { name, bytes };
    }
    return end;
  } catch (error) {
    costs.enter();
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    if (isTooLarge) costs.spend(costs.entryBytes);
    yield { name, trouble: isTooLarge ? "too large" : { damage: complaint(error) } };
    return to ?? 0;
  }
}
