import { resolve } from "node:path";
import { inLastName, pathsThatMayHold, type NamesIn } from "../../engine/last-names.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment, Provenance } from "../../model/fragment.ts";
import { standsIn, type ListedFolder } from "../../sources/files/walk.ts";
import { withSlashes } from "../place/native-path.ts";
import type { Extras } from "./findings.ts";
import type { Scan } from "./scan.ts";

/** A name in which something is found, by its path. */
export interface FoundName<T extends NamesIn = NamesIn> {
  readonly path: string;
  readonly folder: T;
  readonly fragment: Fragment;
  /** What the whole path holds. */
  readonly candidates: readonly Candidate[];
  /** Which of that is told of this name. */
  readonly told: ReadonlySet<Candidate>;
}

/** What is found in names of files and folders: each by its path, as a history tells it. @param about what else is known of all of them. */
export function* namesFound<T extends NamesIn>(
  scan: Scan,
  folders: readonly T[],
  about: Omit<Provenance, "kind" | "path"> = {},
): Generator<FoundName<T>> {
  for (const { path, folder } of pathsThatMayHold(folders, scan.configuration.rulebook, scan.scanOptions)) {
    const fragment: Fragment = { bytes: Buffer.from(path), provenance: { ...about, kind: "path", path } };
    const candidates = scan.candidates(fragment);
    const told = new Set(inLastName(folder.inside, candidates));
    if (told.size > 0) yield { path, folder, fragment, candidates, told };
  }
}

/** Tells what is found in names. @param extrasOf undefined: this one is not told. */
export function reportNames<T extends NamesIn>(
  scan: Scan,
  folders: readonly T[],
  extrasOf: (path: string, folder: T) => Extras | undefined = () => ({}),
): void {
  for (const { path, folder, fragment, candidates, told } of namesFound(scan, folders)) {
    const extras = extrasOf(path, folder);
    if (extras !== undefined)
      scan.report(fragment, candidates, { ...extras, isTold: (candidate) => told.has(candidate) });
  }
}

/** Tells what is found in names that walks go by, each path once: one root may lie in another. */
export function namesTeller(scan: Scan): (root: string, folders: readonly ListedFolder[]) => void {
  const told = new Set<string>();
  return (root, folders) =>
    reportNames(scan, folders, (path, folder) => {
      const name = path.slice(folder.inside.length);
      const link = folder.symlink === undefined ? {} : { symlink: `${folder.symlink}/${name}` };
      const key = `${resolve(path)}\0${link.symlink}`;
      if (told.has(key) || !standsIn(folder, name)) return undefined;
      told.add(key);
      return { otherPaths: otherPathsOf(path, root), ...link };
    });
}

/** Other names of a file that ignore files and baselines may have: below the root that it was found under, and from the file system's. */
export function otherPathsOf(path: string, root: string): string[] {
  const below = root !== "." && path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
  // gitleaks' paths begin as the folder was typed.
  return [...(below === undefined ? [] : [below]), withSlashes(resolve(path))];
}
