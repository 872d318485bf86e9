import { existsSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { whyOf } from "../disk/why.ts";
import { PatrolError } from "../model/errors.ts";
import { isLimit, MOST_CONFIGURATION_BYTES, readRegular } from "../disk/regular-file.ts";

/** Files of a repository that choose other rules, the first one that is there, and files that say what is let through. */
const CONFIGURATIONS = [".patrol.toml", ".betterleaks.toml", ".gitleaks.toml"] as const;
export const IGNORING = [".patrolignore", ".patrol-baseline", ".gitleaksignore", ".betterleaksignore"] as const;

/** What the next commit has at a path from the repository's top. */
export type StagedAt = (path: string) => Buffer | undefined;

/** The same for whole paths. */
export const stagedBelow =
  (top: string, staged: StagedAt = () => undefined) =>
  (path: string) =>
    staged(relative(top, path).split(sep).join("/"));

/** A configuration that lies in what is scanned. */
export interface OwnConfiguration {
  readonly path: string;
  readonly bytes: Buffer;
  /** True when it was read as the next commit has it. */
  readonly isStaged: boolean;
}

/** The configuration that counts in a folder: one that is staged goes before one that only lies there. */
export function ownConfiguration(folder: string, staged: StagedAt = () => undefined): OwnConfiguration | undefined {
  for (const name of CONFIGURATIONS) {
    const bytes = staged(name);
    if (bytes !== undefined) return { path: join(folder, name), bytes, isStaged: true };
  }
  for (const name of CONFIGURATIONS) {
    if (!existsSync(`${folder}/${name}`)) continue;
    const path = join(folder, name);
    return { path, bytes: readOwn(path), isStaged: false };
  }
  return undefined;
}

function readOwn(path: string): Buffer {
  try {
    return readRegular(path, true, MOST_CONFIGURATION_BYTES);
  } catch (error) {
    if (isLimit(error)) throw error;
    throw new PatrolError("usage-invalid", `configuration: cannot read ${path}: ${whyOf(error)}`, { cause: error });
  }
}

/** Whose rules a scan goes by, for people. */
export const ownRulesSentence = ({ path, isStaged }: Pick<OwnConfiguration, "path" | "isStaged">) =>
  `rules and allowlists are those of ${path}, which ${isStaged ? "is staged" : "lies in what is scanned"}`;
