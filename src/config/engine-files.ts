import { openSync, readSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { AUTOMATON_HEAD, AUTOMATON_SIZE, HEAD_WORD, HEADER_WORDS, SIZE_WORD } from "../engine/compile/image.ts";
import { Core, type CoreBinaries } from "../engine/core/core.ts";
import { Training } from "../engine/compile/training.ts";
import { PatrolError } from "../model/errors.ts";
import { built, distFile, isStandalone } from "./built.ts";

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
  if (isStandalone()) {
    const core = new Core({ strict: built("look.wasm") }, () => undefined);
    core.load(bakedImage(), []);
    return core;
  }
  // Left open: the process ends soon, and nobody knows when the last automaton is asked for.
  const file = openSync(distFile("rules.img"), "r");
  const core: Core = new Core({ strict: built("look.wasm") }, (automaton) => {
    const read = (at: number, size: number) =>
      readWhole(file, new Uint8Array(core.memory.buffer, automaton + at, size), automaton - image + at);
    read(0, AUTOMATON_HEAD);
    const size = new DataView(core.memory.buffer, automaton, AUTOMATON_HEAD).getUint32(AUTOMATON_SIZE, true);
    read(AUTOMATON_HEAD, size - AUTOMATON_HEAD);
  });
  const image = core.end;
  // To ask for the file's size would take longer: Node makes dates of what it hears.
  const header = new DataView(new ArrayBuffer(HEADER_WORDS * 4));
  readWhole(file, new Uint8Array(header.buffer), 0);
  const [size, head] = [SIZE_WORD, HEAD_WORD].map((word) => header.getUint32(word * 4, true)) as [number, number];
  core.loadFrom(size, (target) => readWhole(file, target.subarray(0, head), 0), []);
  return core;
}

function readWhole(file: number, target: Uint8Array, from: number): void {
  for (let at = 0; at < target.length;) {
    const read = readSync(file, target, at, target.length - at, from + at);
    if (read === 0) throw new PatrolError("source-unreadable", "the compiled rules are cut short; run npm run build");
    at += read;
  }
}

/** The image of the built-in rules as they were when Patrol was built. */
export const bakedImage = (): Uint8Array<ArrayBuffer> => built("rules.img");

/** Every so many samples of the training text are enough for rules that a user brings: compiling must be quick. */
const QUICK_STRIDE = 32;

export const quickTraining = (): Training => Training.decode(built("training.bin"), QUICK_STRIDE);
