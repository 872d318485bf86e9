import { resolve } from "node:path";
import type { Suppressor } from "./suppress.ts";

/**
 * Leaves out what stands in the configuration and in the baseline that are used: both may name secrets in order to allow
 * them. gitleaks does not look into them at all. `target`: the folder that paths are meant from, when not the current one.
 */
export function byOwnFile(files: readonly string[], target: string | undefined): Suppressor {
  const own = new Map(files.map((file) => [resolve(file), file]));
  return ({ paths }) => {
    const file = paths.flatMap((path) => [resolve(path), resolve(target ?? ".", path)]).find((path) => own.has(path));
    return file === undefined ? undefined : { kind: "external", reason: `${own.get(file)} is what this scan goes by` };
  };
}
