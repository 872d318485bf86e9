import { resolve, sep } from "node:path";
import { cacheFolder } from "../../config/cache-folder.ts";
import type { Suppressor } from "./suppress.ts";

/**
 * Leaves out what stands in the configuration and in the baseline that are used: both may name secrets in order to allow
 * them. gitleaks does not look into them at all. The same goes for what is kept of configurations. `target`: the folder that paths are meant from, when not the current one.
 */
export function byOwnFile(files: readonly string[], target: string | undefined): Suppressor {
  const own = new Map(files.map((file) => [resolve(file), file]));
  const folder = cacheFolder("rules");
  const kept = folder && resolve(folder) + sep;
  return ({ paths }) => {
    const meant = paths.flatMap((path) => [resolve(path), resolve(target ?? ".", path)]);
    const file = meant.find((path) => own.has(path) || (kept && path.startsWith(kept)));
    if (file === undefined) return undefined;
    return { kind: "external", reason: `${own.get(file) ?? file} is what this scan goes by` };
  };
}
