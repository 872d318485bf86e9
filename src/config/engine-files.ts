import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { CoreBinaries } from "../engine/core/core.ts";
import { Training } from "../engine/compile/training.ts";
import { PatrolError } from "../model/errors.ts";
import { packageRoot } from "./package-root.ts";

function built(name: string): Uint8Array<ArrayBuffer> {
  const path = join(packageRoot(), "dist", name);
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new PatrolError("source-unreadable", `${path} is missing; run npm run build`, { cause });
  }
}

/** The core's two builds, from dist/. */
export function coreBinaries(): CoreBinaries {
  // Node 20 has the instructions behind this flag; later versions know neither flag nor need of it.
  if (process.versions.node.startsWith("20.")) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return { relaxed: built("core-relaxed.wasm"), strict: built("core-strict.wasm") };
}

/** The image of the built-in rules as they were when Patrol was built. */
export const bakedImage = (): Uint8Array<ArrayBuffer> => built("rules.img");

/** Every so many samples of the training text are enough for rules that a user brings: compiling must be quick. */
const QUICK_STRIDE = 16;

export const quickTraining = (): Training => Training.decode(built("training.bin"), QUICK_STRIDE);
