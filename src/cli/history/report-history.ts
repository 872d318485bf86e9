import type { Candidate } from "../../model/candidate.ts";
import { linkTo, PLATFORMS, platformOf, type Platform } from "../../report/link.ts";
import type { RepositoryAsked } from "../../sources/git/ask-git.ts";
import type { HistoryResult } from "../../sources/git/history/history.ts";
import { readObjects } from "./objects.ts";
import { webPageOf, type RepositoryPlace } from "../place/repository.ts";
import type { Scan } from "../scan/scan.ts";

type Link = (commit: string, path: string, span: Candidate["span"]) => string;

/** How a place of this repository is reached on the web; undefined when nobody says where it is hosted. */
export function linkFor(repository: RepositoryPlace, wanted: string | undefined): Link | undefined {
  const address = wanted === "none" ? undefined : webPageOf(repository);
  const platform = (PLATFORMS as readonly string[]).includes(wanted ?? "") ? (wanted as Platform) : undefined;
  const chosen = address === undefined ? undefined : (platform ?? platformOf(address));
  if (address === undefined || chosen === undefined) return undefined;
  return (commit, path, span) => linkTo(chosen, address, { ...span, commit, path });
}

/** Puts candidates into the report, with the text they stand in: objects with findings that are not `known` are read once more. */
export function reportHistory(
  scan: Scan,
  repository: RepositoryAsked,
  candidates: readonly Candidate[],
  link: Link | undefined,
  { objects: known, whole }: Partial<Pick<HistoryResult, "objects" | "whole">> = {},
): void {
  const byObject = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { object = "", commit = "", path = "", kind } = candidate.provenance;
    const key = [object, commit, path, kind].join("\0");
    byObject.set(key, [...(byObject.get(key) ?? []), candidate]);
  }
  const groups = [...byObject.values()];
  const ids = groups.flatMap(([first]) => [first?.provenance.object, first?.provenance.commit]);
  const objects = readObjects(repository, new Set(ids.filter((id) => id !== undefined)), known);
  for (const group of groups) {
    const [first] = group;
    if (!first) continue;
    const { provenance } = first;
    const object = objects.get(provenance.object ?? "");
    const isMessage = provenance.kind === "commit-message" || provenance.kind === "tag-message";
    const bytes = isMessage ? object?.message : object?.bytes;
    const fragment = { bytes: bytes ?? Buffer.from(provenance.path ?? provenance.ref ?? ""), provenance };
    const message = objects.get(provenance.commit ?? "")?.messageText?.trim();
    // What was found in all of it hides as much as to look for it again.
    const hidden = whole?.get(first);
    const isKnown = hidden !== undefined && group.every((candidate) => whole?.get(candidate) === hidden);
    const beside = isKnown ? { hidden } : { isPart: true };
    scan.report(fragment, group, { ...beside, ...(message && { message }), ...(link && { link }) });
  }
}
