// Bundled and run by scripts/build.mjs: compiles the built-in rules at leisure.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AT_LEISURE, compileRules } from "../engine/compile/compile-rules.ts";
import { Training } from "../engine/compile/training.ts";
import { packageRoot } from "./package-root.ts";
import { builtInRules } from "./rulebook.ts";

/** The image of the built-in rules. Throws `rule-invalid` when the core cannot look for one of them. */
export function bake(): Uint8Array {
  const training = Training.decode(readFileSync(join(packageRoot(), "src/engine/compile/training.bin")));
  const { image, refused } = compileRules(builtInRules(), training, AT_LEISURE);
  if (refused[0] !== undefined) throw refused[0];
  return image;
}
