import { openSync, readSync } from "node:fs";
import {
  AUTOMATON_HEAD,
  AUTOMATON_SIZE,
  HEAD_WORD,
  HEADER_WORDS,
  KEY_BYTES,
  KEY_WORD,
  SIZE_WORD,
} from "../engine/compile/image.ts";
import { Core, type CoreBinaries, type Patterns } from "../engine/core/core.ts";
import type { EngineTwin } from "../engine/rulebook.ts";
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

/** A core of one of the two builds, or of what another thread made of it. `room`: bytes that will be reserved. */
export const newCore = (room = 0, demand?: (automaton: number) => void, module?: WebAssembly.Module): Core =>
  module === undefined ? withRelaxedSimd(() => new Core(BINARIES, demand, room)) : new Core(module, demand, room);

/** An image in a file, of which little is read before it is needed. */
class ImageFile {
  /** Left open: nobody knows when the last automaton is asked for, and by then there may be another file of this name. */
  readonly #file: number;
  #at = 0;
  readonly #size: number;
  readonly #head: number;

  /** @param key what the image must carry. */
  constructor(path: string, key?: string) {
    this.#file = openSync(path, "r");
    // To ask for the file's size would take longer: Node makes dates of what it hears.
    const header = new Uint8Array(HEADER_WORDS * 4);
    readWhole(this.#file, header, 0);
    if (key !== undefined && Buffer.from(header.buffer, KEY_WORD * 4, KEY_BYTES).toString("hex") !== key)
      throw new PatrolError("internal", `${path} was compiled from other rules`);
    const words = new DataView(header.buffer);
    [this.#size, this.#head] = [SIZE_WORD, HEAD_WORD].map((word) => words.getUint32(word * 4, true)) as [
      number,
      number,
    ];
  }

  /** The stamp stands behind the image. */
  checkTail(): void {
    if (stampOf("rules.img") === undefined) return;
    const tail = new Uint8Array(STAMP_BYTES);
    readWhole(this.#file, tail, this.#size);
    checkTail("rules.img", tail);
  }

  /** Everything but the automata. */
  loadInto(core: Core, patterns: Patterns): void {
    const head = (target: Uint8Array) => {
      this.#at = target.byteOffset;
      readWhole(this.#file, target.subarray(0, this.#head), 0);
    };
    core.loadFrom(this.#size, head, patterns, (target) => readWhole(this.#file, target, 0));
  }

  readAutomaton({ memory: { buffer } }: Core, automaton: number): void {
    const read = (at: number, size: number) =>
      readWhole(this.#file, new Uint8Array(buffer, automaton + at, size), automaton - this.#at + at);
    read(0, AUTOMATON_HEAD);
    const size = new DataView(buffer, automaton, AUTOMATON_HEAD).getUint32(AUTOMATON_SIZE, true);
    read(AUTOMATON_HEAD, size - AUTOMATON_HEAD);
  }
}

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
  #image: ImageFile | undefined;

  /** `like`: one whose module was compiled already. */
  constructor(like?: LookCore) {
    const code = like?.core.module ?? { strict: built("look.wasm") };
    this.core = new Core(code, (automaton) => this.#image?.readAutomaton(this.core, automaton));
  }

  /**
   * Has it look for the rules of an image in a file, of which little is read before it is needed. Call it once, and keep the
   * file as it is. `key`: what the image must carry. Throws `source-unreadable` and `internal` for what is no such image.
   */
  load(path: string, key?: string): void {
    this.#image = new ImageFile(path, key);
    this.#image.loadInto(this.core, []);
  }

  /** The same for the built-in rules. */
  loadBuiltIn(): void {
    if (isStandalone()) this.core.load(bakedImage(), []);
    else {
      this.load(distFile("rules.img"));
      this.#image?.checkTail();
    }
  }
}

/** A core that looks for the built-in rules. `room`: bytes that will be reserved; `module`: what another thread made. */
export function newBakedCore(patterns: Patterns, room: number, module?: WebAssembly.Module): Core {
  if (isStandalone()) {
    const whole = newCore(room, undefined, module);
    whole.load(bakedImage(), patterns);
    return whole;
  }
  const image = new ImageFile(distFile("rules.img"));
  image.checkTail();
  const core: Core = newCore(room, (automaton) => image.readAutomaton(core, automaton), module);
  image.loadInto(core, patterns);
  return core;
}

/** A core in this thread that looks for the same rules as the one in another of which this was told. */
export function newTwinCore({ module, image }: EngineTwin, patterns: Patterns, room = 0): Core {
  if (image === undefined) return newBakedCore(patterns, room, module);
  const core = new Core(module, undefined, room);
  core.load(image, patterns);
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
