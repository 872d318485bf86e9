import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { SIZE_WORD } from "../engine/compile/image.ts";
import { Core, type CoreBinaries } from "../engine/core/core.ts";
import { Training } from "../engine/compile/training.ts";
import { PatrolError } from "../model/errors.ts";
import { built, isStandalone } from "./built.ts";
import { packageRoot } from "./package-root.ts";

/** Node 20 has the relaxed instructions behind a flag; later versions know neither flag nor need of it. */
const isFlagNeeded = process.versions.node.startsWith("20.");

const BINARIES: CoreBinaries = {
  get relaxed() {
    return built("core-relaxed.wasm");
  },
  get strict() {
    return built("core-strict.wasm");
  },
};

/** The core's two builds, from dist/. */
export function coreBinaries(): CoreBinaries {
  if (isFlagNeeded) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return BINARIES;
}

/**
 * A core that looks for the built-in rules, for a short look that asks `mayHold` only. Their patterns are not loaded, nor is
 * what sets the flag, which takes longer than it saves. Its module inflates objects as well: one is loaded faster than two.
 */
export function bakedCore(): Core {
  const core = new Core({ strict: built("look.wasm") });
  if (isStandalone()) {
    core.load(bakedImage(), []);
    return core;
  }
  const file = openSync(join(packageRoot(), "dist", "rules.img"), "r");
  try {
    // To ask for the file's size would take longer: Node makes dates of what it hears.
    const head = new DataView(new ArrayBuffer(SIZE_WORD * 4 + 4));
    readWhole(file, new Uint8Array(head.buffer));
    core.loadFrom(head.getUint32(SIZE_WORD * 4, true), (target) => readWhole(file, target), []);
  } finally {
    closeSync(file);
  }
  return core;
}

function readWhole(file: number, target: Uint8Array): void {
  for (let at = 0; at < target.length;) {
    const read = readSync(file, target, at, target.length - at, at);
    if (read === 0) throw new PatrolError("source-unreadable", "the compiled rules are cut short; run npm run build");
    at += read;
  }
}

/** The image of the built-in rules as they were when Patrol was built. */
export const bakedImage = (): Uint8Array<ArrayBuffer> => built("rules.img");

/** Every so many samples of the training text are enough for rules that a user brings: compiling must be quick. */
const QUICK_STRIDE = 32;

export const quickTraining = (): Training => Training.decode(built("training.bin"), QUICK_STRIDE);
