import { splitNames } from "../../src/engine/last-names.ts";
import { ARCHIVE_LIMITS, type ArchiveLimits } from "../../src/sources/files/archive-budget.ts";
import { createUnpacker, type UnpackedNames } from "../../src/sources/files/archive.ts";
import type { Skipped } from "../../src/sources/source.ts";

/** What is in an archive, by path, and what is skipped. `withArchives`: also archives in the archive, each before what it holds. */
export async function unpack(
  name: string,
  bytes: Uint8Array,
  limits: Partial<ArchiveLimits> = {},
  more: { readonly withArchives?: boolean } = {},
) {
  const unpacker = await createUnpacker({ ...ARCHIVE_LIMITS, depth: 3, ...limits });
  const skipped: Skipped[] = [];
  const files = [...unpacker.unpack(name, bytes, (item) => skipped.push(item))];
  const shown = files.filter(({ isArchive }) => !isArchive || more.withArchives === true);
  return { files: shown.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]), skipped };
}

/** The paths of all names in an archive. */
export async function namesOf(name: string, bytes: Uint8Array, limits: Partial<ArchiveLimits> = {}) {
  const unpacker = await createUnpacker({ ...ARCHIVE_LIMITS, depth: 3, ...limits });
  const skipped: Skipped[] = [];
  const named: string[] = [];
  const noting = ({ folders }: UnpackedNames) => {
    for (const { inside, names } of folders) named.push(...splitNames(names).map((one) => inside + one));
  };
  const files = [...unpacker.unpack(name, bytes, (item) => skipped.push(item), noting)];
  return { named: named.sort(), files: files.length, skipped };
}
