import { tooLarge } from "../../sources/files/read.ts";
import type { RepositoryAsked } from "../../sources/git/ask-git.ts";
import { largeFiles, type Asked } from "../../sources/git/history/introduced-files.ts";
import { openRepository } from "../../sources/git/repository.ts";
import type { Arguments } from "../usage/arguments.ts";
import { maxBytesAsked } from "../scan/size-limit.ts";
import type { Scan } from "../scan/scan.ts";

/** Ids of the blobs that `--max-target-megabytes` leaves out of what commits brought; the scan is told of each. */
export function largeBlobs(
  scan: Scan,
  args: Arguments,
  { gitDir, objects }: RepositoryAsked,
  asked: Asked,
): ReadonlySet<string> {
  const maxBytes = maxBytesAsked(args);
  const large = maxBytes === undefined ? [] : largeFiles(openRepository(gitDir, objects), asked, maxBytes);
  for (const { path, bytes } of large) scan.skipped({ what: path, ...tooLarge(bytes) });
  return new Set(large.map(({ blob }) => blob));
}
