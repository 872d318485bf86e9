import type { Candidate } from "../../model/candidate.ts";
import type { Provenance } from "../../model/fragment.ts";
import { archiveKind } from "../../sources/files/archive-kind.ts";
import type { Unpacker } from "../../sources/files/archive.ts";
import { historyArchives } from "../../sources/git/history/archives.ts";
import type { Asked } from "../../sources/git/history/introduced-files.ts";
import { openRepository } from "../../sources/git/repository.ts";
import { readObjects } from "./objects.ts";
import type { RepositoryAsked } from "../../sources/git/ask-git.ts";
import type { Extras } from "../scan/findings.ts";
import type { Scan } from "../scan/scan.ts";
import { foundInside, type FoundInside } from "../scan/told-inside.ts";

export interface ArchivesAsked extends Asked {
  readonly repository: RepositoryAsked;
  /** Ids of blobs that are too large. */
  readonly large: ReadonlySet<string>;
  /** Ids of blobs that are no text. */
  readonly binary: ReadonlySet<string>;
  readonly unpacker: Unpacker;
  /** What was found in the blobs themselves. */
  readonly found: readonly Candidate[];
  readonly link?: Extras["link"];
}

/**
 * Scans the archives that commits brought. A secret at one place in one is told as often as one archive holds it there, with the first
 * commit that does, however often the archive was made anew.
 *
 * @returns what is left of what was found in the blobs themselves: what is told of no file in an archive.
 */
export function scanHistoryArchives(
  scan: Scan,
  { repository, large, binary, unpacker, found, link, ...asked }: ArchivesAsked,
): readonly Candidate[] {
  /** How often a secret was told of a place. */
  const told = new Map<string, number>();
  const newOf = (candidates: readonly Candidate[]) => {
    const here = new Map<string, number>();
    return candidates.filter(({ rule, secret, provenance }) => {
      const key = [rule.id, secret.reveal(), provenance.path].join("\0");
      const times = (here.get(key) ?? 0) + 1;
      here.set(key, times);
      if (times <= (told.get(key) ?? 0)) return false;
      told.set(key, times);
      return true;
    });
  };
  const left = new Set(found);
  const byPlace = new Map<string, Candidate[]>();
  for (const candidate of found) {
    const place = placeOf(candidate.provenance);
    byPlace.set(place, [...(byPlace.get(place) ?? []), candidate]);
  }
  for (const { bytes, provenance } of historyArchives(
    openRepository(repository.gitDir, repository.objects),
    asked,
    binary,
    scan.skipped,
  )) {
    if (scan.isTimeOver()) {
      scan.skipped({ what: "archives", why: `the time was over before ${provenance.path} was opened` });
      break;
    }
    if (large.has(provenance.object ?? "") || archiveKind(bytes) === undefined) continue;
    scan.count(0, bytes.length);
    const report = ({ fragment, candidates, isTold }: FoundInside) => {
      const fresh = new Set(newOf(candidates.filter(isTold)));
      if (fresh.size === 0) return;
      const message = messageOf(repository, provenance.commit);
      scan.report(fragment, candidates, {
        isTold: (candidate) => fresh.has(candidate),
        ...(message && { message }),
        ...(link && { link }),
      });
    };
    const archive = { bytes, provenance };
    // What is no text was not looked at with the other files, but for its path.
    const isBinary = binary.has(provenance.object ?? "");
    const outer = isBinary
      ? scan.candidates(archive).filter(({ rule }) => rule.pattern !== "")
      : (byPlace.get(placeOf(provenance)) ?? []);
    const inside = foundInside(
      { scan, unpacker, skipped: scan.skipped, about: provenance },
      { path: provenance.path, bytes, found: outer },
    );
    let next = inside.next();
    for (; next.done !== true; next = inside.next()) report(next.value);
    const toldInside = next.value;
    if (isBinary) report({ fragment: archive, candidates: outer, isTold: (candidate) => !toldInside.has(candidate) });
    else for (const candidate of outer) if (toldInside.has(candidate)) left.delete(candidate);
  }
  return [...left];
}

const placeOf = ({ object = "", path = "" }: Provenance) => `${object} ${path}`;

const messageOf = (repository: RepositoryAsked, commit: string) =>
  readObjects(repository, new Set([commit]))
    .get(commit)
    ?.messageText?.trim();
