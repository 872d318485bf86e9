import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** A file that another configuration extends. */
export interface Extended {
  /** As `extend.path` names it. */
  readonly named: string;
  /** Where it was found. */
  readonly path: string;
  readonly content: string;
}

/** From the current folder, as in gitleaks; else from beside the file that names it. */
export function extendedPath(named: string, folder: string): string {
  const here = resolve(named);
  return existsSync(here) ? here : resolve(folder, named);
}
