import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CompilableRule, CompiledRules } from "../../engine/compile/compile-rules.ts";
import { Core } from "../../engine/core/core.ts";
import { Region } from "../../engine/core/region.ts";
import { coreBinaries } from "../../config/engine-files.ts";
import { isStandalone } from "../../config/built.ts";
import { packageRoot } from "../../config/package-root.ts";
import { PatrolError } from "../../model/errors.ts";
import { readInto } from "../../sources/files/read.ts";
import { walk } from "../../sources/files/walk.ts";

/** Patrol's own program: some megabytes of source text that lie beside it everywhere but in the standalone binary. */
function ownProgram(): string | undefined {
  const dist = isStandalone() ? undefined : join(packageRoot(), "dist");
  return dist !== undefined && existsSync(dist) ? dist : undefined;
}

/**
 * How often in a megabyte of text each rule's automata accept, by the rule's index, before JavaScript is asked anything.
 * `sample`: a file or folder of text; left out, the JavaScript of Patrol itself. Undefined where there is none.
 *
 * @throws PatrolError `usage-invalid` when a sample was named that holds no text.
 */
export function eventsPerMegabyte(
  rules: readonly CompilableRule[],
  { image }: CompiledRules,
  sample: string | undefined,
): readonly number[] | undefined {
  const root = sample ?? ownProgram();
  if (root === undefined) return undefined;
  const core = new Core(coreBinaries());
  core.load(
    image,
    rules.map(({ pattern }) => pattern),
  );
  const region = new Region(core);
  const reserve = (size: number) => new Uint8Array(core.memory.buffer, region.address(size), size);
  const counts = rules.map(() => 0);
  let bytes = 0;
  for (const entry of walk(root, { skipped: () => undefined })) {
    if (sample === undefined && !/\.[cm]js$/.test(entry.path)) continue;
    const content = readInto(entry, reserve);
    if ("why" in content) continue;
    bytes += content.length;
    for (const rule of core.events(content.byteOffset, content.length)) counts[rule]!++;
  }
  if (bytes === 0 && sample !== undefined) throw new PatrolError("usage-invalid", `--sample: no text in ${sample}`);
  return bytes === 0 ? undefined : counts.map((count) => (count * 1e6) / bytes);
}
