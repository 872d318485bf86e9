import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import {
  AUTOMATON_HEAD,
  AUTOMATON_SIZE,
  HEAD_WORD,
  HEADER_WORDS,
  KEY_BYTES,
  KEY_WORD,
  SIZE_WORD,
} from "../engine/compile/image.ts";
import { Core, type CoreBinaries } from "../engine/core/core.ts";
import { Training } from "../engine/compile/training.ts";
import { PatrolError } from "../model/errors.ts";
import { checkTail, STAMP_BYTES, stampOf } from "../model/stamp.ts";
import { built, distFile, isStandalone } from "./built.ts";
import { setTieringBudget, setV8Flag, withRelaxedSimd } from "./v8-flags.ts";

const isNode20 = process.versions.node.startsWith("20.");

const BINARIES: CoreBinaries = {
  get relaxed() {
    return built("core-relaxed.wasm");
  },
  get strict() {
    return built("core-strict.wasm");
  },
};

/** The core's two builds, from dist/, for who makes cores in a way of their own. */
export function coreBinaries(): CoreBinaries {
  if (isNode20) setV8Flag("--experimental-wasm-relaxed-simd", "--no-experimental-wasm-relaxed-simd");
  return BINARIES;
}

/** A core of one of the two builds. `room`: bytes that will be reserved. */
export const newCore = (room = 0): Core => withRelaxedSimd(() => new Core(BINARIES, undefined, room));

/**
 * Has V8 optimise the core later, as from Node.js 22 on it does by itself. For who mostly scans little: the process would wait
 * at its end for what was begun.
 */
export function optimiseCoreLate(): void {
  if (isNode20) setTieringBudget(13_000_000);
}

/**
 * A core for a short look, that asks `mayHold` only. Patterns are not loaded, nor is what sets the flag, which takes longer
 * than it saves. Its module inflates objects as well: one is loaded faster than two.
 */
export class LookCore {
  readonly core: Core;
  #file = -1;
  #image = 0;

  /** `like`: one whose module was compiled already. */
  constructor(like?: LookCore) {
    const code = like?.core.module ?? { strict: built("look.wasm") };
    this.core = new Core(code, (automaton) => this.#readAutomaton(automaton));
  }

  /**
   * Has it look for the rules of an image in a file, of which little is read before it is needed. Call it once, and keep the
   * file as it is. `key`: what the image must carry. Gives the image's size. Throws `source-unreadable` and `internal` for what is no such image.
   */
  load(path: string, key?: string): number {
    // Left open: the process ends soon, and nobody knows when the last automaton is asked for.
    this.#file = openSync(path, "r");
    this.#image = this.core.end;
    // To ask for the file's size would take longer: Node makes dates of what it hears.
    const header = new Uint8Array(HEADER_WORDS * 4);
    readWhole(this.#file, header, 0);
    if (key !== undefined && Buffer.from(header.buffer, KEY_WORD * 4, KEY_BYTES).toString("hex") !== key)
      throw new PatrolError("internal", `${path} was compiled from other rules`);
    const words = new DataView(header.buffer);
    const [size, head] = [SIZE_WORD, HEAD_WORD].map((word) => words.getUint32(word * 4, true)) as [number, number];
    this.core.loadFrom(size, (target) => readWhole(this.#file, target.subarray(0, head), 0), []);
    return size;
  }

  /** The same for the built-in rules. */
  loadBuiltIn(): void {
    if (isStandalone()) this.core.load(bakedImage(), []);
    else {
      const size = this.load(distFile("rules.img"));
      checkBakedTail(this.#file, size);
    }
  }

  #readAutomaton(automaton: number): void {
    const { buffer } = this.core.memory;
    const read = (at: number, size: number) =>
      readWhole(this.#file, new Uint8Array(buffer, automaton + at, size), automaton - this.#image + at);
    read(0, AUTOMATON_HEAD);
    const size = new DataView(buffer, automaton, AUTOMATON_HEAD).getUint32(AUTOMATON_SIZE, true);
    read(AUTOMATON_HEAD, size - AUTOMATON_HEAD);
  }
}

/** The stamp stands behind the image. */
function checkBakedTail(file: number, size: number): void {
  if (stampOf("rules.img") === undefined) return;
  const tail = new Uint8Array(STAMP_BYTES);
  readWhole(file, tail, size);
  checkTail("rules.img", tail);
}

/** Has a core look for the built-in rules; as `Core.load`, but the image is read to where it is needed. */
export function loadBaked(core: Core, patterns: readonly string[]): void {
  if (isStandalone()) {
    core.load(bakedImage(), patterns);
    return;
  }
  const file = openSync(distFile("rules.img"), "r");
  try {
    const size = fstatSync(file).size - (stampOf("rules.img") === undefined ? 0 : STAMP_BYTES);
    checkBakedTail(file, size);
    core.loadFrom(size, (target) => readWhole(file, target, 0), patterns);
  } finally {
    closeSync(file);
  }
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
