// Archives that commits brought into a repository: histories are scanned as text, these are opened on request.
import type { Provenance } from "../../../model/fragment.ts";
import type { Skipped } from "../../source.ts";
import { BrokenObject } from "../objects/broken.ts";
import { readCommit } from "../objects/commit.ts";
import { introducedFiles, type Asked } from "./introduced-files.ts";
import { BLOB, COMMIT, type ObjectType } from "../object-id.ts";
import { ObjectStore } from "../objects/object-store.ts";
import type { Repository } from "../repository.ts";

/** Endings of what may be an archive although it looks like text: a short one of some kinds holds no NUL. */
const ENDINGS =
  "7z aar apk bz2 crx docx ear egg epub gem gz ipa jar nupkg odp ods odt pptx rar tar tgz tzst vsix war whl xlsx xpi xz zip zst";

/** A file that looks like an archive, in the first of the commits that brought it. */
export interface HistoryArchive {
  readonly bytes: Buffer;
  readonly provenance: Provenance & { readonly path: string; readonly commit: string };
}

const NAMED = new RegExp(`\\.(?:${ENDINGS.replaceAll(" ", "|")})$`, "i");

/**
 * What may be archives among the files that commits brought: those that are binary, and those with the name of one. Each
 * blob once, oldest commit first.
 */
export function* historyArchives(
  repository: Repository,
  asked: Asked,
  binary: ReadonlySet<string>,
  skipped: (item: Skipped) => void,
): Generator<HistoryArchive> {
  const store = new ObjectStore(repository, skipped);
  const read = (id: string, type: ObjectType, what: string) => readFrom(store, id, type, what, skipped);
  try {
    for (const { commit, blob, path } of introducedFiles(repository, asked)) {
      if (!binary.has(blob) && !NAMED.test(path)) continue;
      const bytes = read(blob, BLOB, path);
      if (bytes === undefined) continue;
      const header = read(commit, COMMIT, `commit ${commit}`);
      const author = header && readCommit(header, commit.length)?.author;
      const provenance = { kind: "file", commit, path, object: blob } as const;
      const by = author && { author: { name: author.name, email: author.email }, authoredAt: author.date };
      yield { bytes, provenance: { ...provenance, ...by } };
    }
  } finally {
    store.close();
  }
}

function readFrom(
  store: ObjectStore,
  id: string,
  type: ObjectType,
  what: string,
  skipped: (item: Skipped) => void,
): Buffer | undefined {
  const { isPartial } = store.repository;
  try {
    const object = store.read(id);
    if (object === undefined) skipped({ what, why: isPartial ? "not fetched: this is a partial clone" : "missing" });
    return object?.type === type ? object.bytes : undefined;
  } catch (error) {
    if (!(error instanceof BrokenObject || error instanceof RangeError)) throw error;
    skipped({ what, why: error.message });
    return undefined;
  }
}
