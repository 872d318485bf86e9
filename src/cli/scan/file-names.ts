import { resolve } from "node:path";
import { inLastName, pathsThatMayHold, type NamesIn } from "../../engine/last-names.ts";
import { standsIn, type ListedFolder } from "../../sources/files/walk.ts";
import { withSlashes } from "../place/native-path.ts";
import type { Extras, Scan } from "./scan.ts";

/** Tells what is found in names of files and folders: each by its path, as a history tells it. @param extrasOf undefined: this one is not told. */
export function reportNames<T extends NamesIn>(
  scan: Scan,
  folders: readonly T[],
  extrasOf: (path: string, folder: T) => Extras | undefined = () => ({}),
): void {
  for (const { path, folder } of pathsThatMayHold(folders, scan.configuration.rulebook, scan.scanOptions)) {
    const fragment = { bytes: Buffer.from(path), provenance: { kind: "path", path } as const };
    const candidates = scan.candidates(fragment);
    const told = new Set(inLastName(path, candidates));
    const extras = told.size === 0 ? undefined : extrasOf(path, folder);
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
