import { PatrolError } from "../../model/errors.ts";
import {
  BEYOND_COUNT_WORD,
  HEADER_WORDS,
  IMAGE_MAGIC,
  IMAGE_VERSION,
  KIND_NONE,
  RULE_BYTES,
  RULE_COUNT_WORD,
  RULES_WORD,
} from "../compile/image.ts";
import type { Step } from "../decode/index.ts";
import { compileModule } from "./compile-module.ts";
import { Confirmer } from "./confirm.ts";
import { Muting } from "./muting.ts";

const PAGE_BYTES = 65_536;
/** Room for the built-in rules and an ordinary file: growing takes time, and pages that nobody touches take no memory. */
const FIRST_PAGES = 256;
/** The core's own static data lie in the last KiB of the first page; below them a second module may keep its own. */
const FREE_FROM = PAGE_BYTES;
/** Bytes before and behind an object that must exist and be writable. `scan` uses them and puts back what was there. */
export const PADDING = 64;
/** Words of a match: rule index, start, end, and a word that is 0. */
export const MATCH_WORDS = 4;

/** As in assembly/known.ts. */
const KEY_BYTES = 4160;
/** As in assembly/openings.ts. */
const BOOK = 12;

const NO_WAYS: readonly Way[] = [];
const NO_RULES: readonly number[] = [];

/** As in assembly/budget.ts. */
const GIVEN_UP = 0xffffffff;

const LOST = 1;
const FAR = 2;
const PENDING = 4;

interface Exports {
  install(image: number, work: number): void;
  workBytes(ruleCount: number, beyondCount: number): number;
  matchesAddress(): number;
  scan(object: number, length: number, from: number, to: number): number;
  scanFlags(): number;
  exceeded(): number;
  exceededAddress(): number;
  clearExceeded(): void;
  stepsTaken(): number;
  bytesSeen(): number;
  stepsOf(rule: number): number;
  relaxedFits(): number;
  decodeBytes(): number;
  prepareDecoding(work: number): void;
  peel(text: number, length: number, from: number, to: number, depth: number, all: number): number;
  recordsAddress(): number;
  survey(object: number, length: number, side: number, depth: number, all: number): number;
  mayHold(object: number, length: number, side: number, depth: number, tellsRefused: number): number;
  winnow(object: number, length: number, parts: number, count: number, depth: number): number;
  knownBytes(places: number): number;
  rememberAt(work: number, places: number): void;
  openingsBytes(): number;
  mutingAt(): number;
  refuse(object: number, length: number, rule: number, start: number, end: number): void;
  noteOpeningsAt(address: number): void;
  surveyedText(): number;
  surveyedLength(): number;
  surveyedRuns(): number;
}

/** How to get to a run: the decodings one after another, outermost first. */
export type Way = readonly Step[];

/** What a survey saw. */
export interface Surveyed {
  /** Matches in the text as it stands; they are in `matches`. */
  readonly count: number;
  /** The encoded runs in which something matches. Undefined when there are more than can be told. */
  readonly runs: readonly Way[] | undefined;
}

/** As in assembly/peel.ts. */
const RECORD_WORDS = 25;
const MOST_RECORDS = 4096;

/** The two builds of the core: `relaxed` needs the relaxed SIMD instructions, `strict` runs wherever SIMD does. */
export interface CoreBinaries {
  readonly relaxed?: Uint8Array<ArrayBuffer>;
  readonly strict: Uint8Array<ArrayBuffer>;
}

/** Each rule's pattern by its index, or who gives them when one is held against a text. */
export type Patterns = readonly string[] | (() => readonly string[]);

/** Whoever loads an image without automata says where they are. */
const missingAutomaton = (): never => {
  throw new PatrolError("internal", "an automaton is not in its place");
};

/**
 * The compiled rules over bytes in WebAssembly memory. One core serves one thread and keeps its memory for good.
 *
 * How to use it: `reserve` space for the objects, write an object's bytes at `address + PADDING` or further in (at least
 * `PADDING` bytes of your own space before and behind it), call `scan`, read `matches`. Views of `memory.buffer` die when
 * it grows, which only `reserve` and `load` do.
 */
export class Core {
  readonly memory: WebAssembly.Memory;
  readonly #module: WebAssembly.Module;
  readonly #exports: Exports;
  #image: readonly [address: number, size: number] = [0, 0];
  #readAll: ((target: Uint8Array) => void) | undefined;
  #free = FREE_FROM;
  #matches: Uint32Array = new Uint32Array(0);
  #patterns: Patterns = [];
  #confirmer: Confirmer | undefined;
  #flags = 0;
  #covered: readonly boolean[] = [];
  readonly #exceeded = new Set<number>();
  #remembers = false;
  #room = 0;
  #books = 0;
  #muting = new Muting();
  /**
   * Of `count` parts of an object, pairs of 32-bit offsets in ascending order at address `parts`, leaves those there, narrower
   * perhaps, in which `scan` or `peel` may find something, and gives their number: also those in which a rule was given up, which
   * they then tell. What a far rule that begins in none of them matches is not there. Forgets the matches of the last `scan`. -1: a part
   * brings a keyword of a rule that was mute, so that the whole has to be asked about.
   *
   * It is WebAssembly's own function: a module of the same memory that imports it calls it without JavaScript between them.
   */
  readonly winnow: Exports["winnow"];

  /**
   * @param code the two builds, or the compiled one of a core that runs in another thread.
   * @param demand reads the automaton that belongs at an address, when it is about to be run: for who loads an image without them.
   * @param room bytes that will be reserved.
   */
  constructor(code: CoreBinaries | WebAssembly.Module, demand?: (automaton: number) => void, room = 0) {
    this.memory = new WebAssembly.Memory({ initial: FIRST_PAGES + Math.ceil(room / PAGE_BYTES) });
    const env = { memory: this.memory, demand: demand ?? missingAutomaton };
    [this.#module, this.#exports] =
      code instanceof WebAssembly.Module ? [code, instantiate(code, env)] : fitting(code, env);
    this.winnow = this.#exports.winnow;
  }

  get module(): WebAssembly.Module {
    return this.#module;
  }

  /**
   * What a core in another thread is made of, that looks for the same rules: `new Core(module)`, then `load(image)`. The image is
   * shared with whom it is sent to.
   */
  twin(): { readonly module: WebAssembly.Module; readonly image: Uint8Array } {
    const [address, size] = this.#image;
    this.#readAll?.(new Uint8Array(this.memory.buffer, address, size));
    const image = new Uint8Array(new SharedArrayBuffer(size));
    image.set(new Uint8Array(this.memory.buffer, address, size));
    return { module: this.#module, image };
  }

  /** The address, a multiple of 16, of `bytes` bytes that the core never touches. The memory may grow. */
  reserve(bytes: number): number {
    const address = this.#free;
    // Not by bits: of a large file that is more than they count.
    const end = address + Math.ceil(bytes / 16) * 16;
    const missing = end - this.memory.buffer.byteLength;
    if (missing > 0) {
      try {
        this.memory.grow(Math.ceil(missing / PAGE_BYTES));
      } catch (cause) {
        const more = `the scan needs ${bytes} bytes more than the system gives it; --max-target-megabytes leaves out large files`;
        throw new PatrolError("limit-exceeded", more, { cause });
      }
      this.#matches = new Uint32Array(0);
    }
    this.#free = end;
    return address;
  }

  /** Makes an image of `compileRules` the current one. `patterns`: each rule's pattern by index. Call it once. */
  load(image: Uint8Array, patterns: Patterns): void {
    this.loadFrom(image.byteLength, (target) => target.set(image), patterns);
  }

  /**
   * The same for an image of `size` bytes that `read` puts where it is told, so that no copy is made.
   *
   * @param readAll if `read` leaves out automata: reads them too.
   */
  loadFrom(
    size: number,
    read: (target: Uint8Array) => void,
    patterns: Patterns,
    readAll?: (target: Uint8Array) => void,
  ): void {
    this.#readAll = readAll;
    const address = this.reserve(size);
    this.#image = [address, size];
    read(new Uint8Array(this.memory.buffer, address, size));
    const header = new DataView(this.memory.buffer, address, size);
    if (
      size < HEADER_WORDS * 4 ||
      header.getUint32(0, true) !== IMAGE_MAGIC ||
      header.getUint32(4, true) !== IMAGE_VERSION
    ) {
      throw new PatrolError("internal", "the compiled rules were made by another version; run npm run build");
    }
    const rules = header.getUint32(RULES_WORD * 4, true);
    const isCovered = (_: unknown, i: number) => header.getUint32(rules + i * RULE_BYTES, true) !== KIND_NONE;
    this.#covered = Array.from({ length: header.getUint32(RULE_COUNT_WORD * 4, true) }, isCovered);
    const work = this.reserve(
      this.#exports.workBytes(
        header.getUint32(RULE_COUNT_WORD * 4, true),
        header.getUint32(BEYOND_COUNT_WORD * 4, true),
      ),
    );
    this.#exports.install(address, work);
    this.#exports.prepareDecoding(this.reserve(this.#exports.decodeBytes()));
    this.#patterns = patterns;
  }

  /**
   * Finds every match that overlaps bytes `from` to `to` of the object of `length` bytes at `address`, and gives their
   * number. What is found does not depend on `from` and `to`: the bytes around them are looked at as far as a match
   * can reach, except for far rules (`sawFar`). The object's edges are the edges of the text, whatever lies beyond.
   */
  scan(address: number, length: number, from = 0, to = length): number {
    const count = this.#exports.scan(address, length, from, to);
    this.#flags = this.#exports.scanFlags();
    this.#noteExceeded();
    if ((this.#flags & PENDING) === 0) return count;
    return this.#confirm(count, new Uint8Array(this.memory.buffer, address, length), from, to);
  }

  /**
   * What the encoded runs of an object hold that overlap bytes `from` to `to`: how to get to each run in which something
   * matches, or undefined when there are too many. Runs are whole, however far they reach, so that what is found does not depend
   * on `from` and `to`. A far rule's matches in a run are found like all others. Forgets the matches of the last `scan`.
   */
  peel(address: number, length: number, from: number, to: number, depth: number): readonly Way[] | undefined {
    return this.#ways(this.#exports.peel(address, length, from, to, depth, 0));
  }

  /**
   * Makes `winnow` remember what it looked at and found clear, so that the same text is not looked at again. What it goes by is
   * a hash with a key of so many `random` bytes, so that no text can be made that passes for another. Once is enough.
   *
   * @param places how many parts of texts are remembered, a power of two.
   */
  remember(random: (bytes: number) => Uint8Array, places: number): void {
    if (this.#remembers) return;
    this.#remembers = true;
    const address = this.reserve(this.#exports.knownBytes(places));
    new Uint8Array(this.memory.buffer).set(random(KEY_BYTES), address);
    this.#exports.rememberAt(address, places);
  }

  /** Bytes that `noteOpenings` wants. */
  get openingsBytes(): number {
    return this.#exports.openingsBytes();
  }

  /**
   * Makes scans note openings at an address, in zeros or where they were noted before: see assembly/openings.ts. Until then they raise
   * `sawFar`. What `mute` and `refuse` told is forgotten.
   */
  noteOpenings(address: number): void {
    this.#exports.noteOpeningsAt(address);
    this.#room = address;
    this.#muting = new Muting();
    const room = new DataView(this.memory.buffer, address, this.openingsBytes);
    room.setUint32(BOOK, ++this.#books % 2 ** 28, true);
    new Uint8Array(room.buffer, address + this.#exports.mutingAt(), room.byteLength - this.#exports.mutingAt()).fill(0);
  }

  /**
   * Has scans of texts of which openings are noted leave away the rule's matches where none of these keywords stands in the text. See
   * assembly/muted.ts on who scans parts of texts.
   */
  mute(rule: number, keywords: readonly string[]): void {
    if (this.#room > 0)
      this.#muting.add(new DataView(this.memory.buffer, this.#room + this.#exports.mutingAt()), rule, keywords);
  }

  /**
   * Has scans of texts of which openings are noted leave away a match that stood in the last of them, wherever it stands again between
   * the same two bytes before and behind.
   */
  refuse(address: number, length: number, rule: number, start: number, end: number): void {
    this.#exports.refuse(address, length, rule, start, end);
  }

  /**
   * Scans an object and peels it, whole; UTF-16 is narrowed first, to `side`, where there must be room for half its bytes and
   * padding around them, and all offsets then count characters. With `all` every run that may hold a secret is given.
   */
  survey(address: number, length: number, side: number, depth: number, all = false): Surveyed {
    const exports = this.#exports;
    let count = exports.survey(address, length, side, depth, all ? 1 : 0);
    this.#flags = exports.scanFlags();
    this.#noteExceeded();
    const runs = this.#ways(exports.surveyedRuns());
    if ((this.#flags & PENDING) !== 0) {
      const text = new Uint8Array(this.memory.buffer, exports.surveyedText() >>> 0, exports.surveyedLength());
      count = this.#confirm(count, text, 0, text.length);
    }
    return { count, runs };
  }

  #ways(count: number): readonly Way[] | undefined {
    if (count > MOST_RECORDS) return undefined;
    if (count === 0) return NO_WAYS;
    const words = new Uint32Array(this.memory.buffer, this.#exports.recordsAddress(), count * RECORD_WORDS);
    return Array.from({ length: count }, (_, record) => {
      const at = record * RECORD_WORDS;
      return Array.from({ length: words[at]! }, (_, depth): Step => {
        const [decoder, start, end] = words.subarray(at + 1 + 3 * depth);
        return { decoder: decoder!, start: start!, end: end! };
      });
    });
  }

  /**
   * Whether there may be a match in the object, in clear or encoded: false is certain, true is what the filters say before
   * anything is confirmed. Needs no patterns; `side` and `depth` are as for `survey`. What it found is not in `matches`.
   *
   * @param tellsRefused also of a match that entropy or an allowlist refuses.
   */
  mayHold(address: number, length: number, side: number, depth: number, tellsRefused = false): boolean {
    return this.#exports.mayHold(address, length, side, depth, tellsRefused ? 1 : 0) !== 0;
  }

  /** All that the module exports: that of a first look inflates objects as well. */
  get exports(): object {
    return this.#exports;
  }

  /** The rules whose automata accept somewhere in the object, once for each place, with nothing confirmed. Tells what a rule costs. */
  events(address: number, length: number): number[] {
    const count = this.#exports.scan(address, length, 0, length);
    this.#exports.clearExceeded();
    const words = this.#view();
    return Array.from({ length: count }, (_, event) => words[event * MATCH_WORDS]!);
  }

  /** Whether the core looks for the rule. Patterns that it cannot read, or that hold nothing rare enough, it does not. */
  covers(rule: number): boolean {
    return this.#covered[rule] ?? false;
  }

  /** Whether it looks for all rules. */
  get coversAll(): boolean {
    return this.#covered.every(Boolean);
  }

  /** The matches of the last scan, `MATCH_WORDS` words each, offsets from the object's first byte. Valid until the next call. */
  get matches(): Uint32Array {
    return this.#view();
  }

  /**
   * Whether the last scan saw a match of a rule whose matches reach far over nearly any bytes, as those of a key of many
   * lines do, or what may become one unless that is noted (`noteOpenings`). A match of such a rule is certain to be found only by a
   * scan of the whole object. So who scans parts of an object keeps this answer with it, hands it on to objects made from it, and
   * scans those whole.
   */
  get sawFar(): boolean {
    return (this.#flags & FAR) !== 0;
  }

  /** Whether the last scan met more matches or events than it holds, so that some are missing. */
  get overflowed(): boolean {
    return (this.#flags & LOST) !== 0;
  }

  /** Where the next `reserve` begins. */
  get end(): number {
    return this.#free;
  }

  /**
   * The rules that were given up in a text since this was last asked, by index: their automata would have read far more than
   * the text is long (`stepsAllowed`), as only texts made for that demand. Some of their matches are missing.
   */
  takeExceeded(): readonly number[] {
    if (this.#exceeded.size === 0) return NO_RULES;
    const rules = [...this.#exceeded].sort((a, b) => a - b);
    this.#exceeded.clear();
    return rules;
  }

  /** Bytes that automata have read so far, in all texts: what a text costs beyond reading it once. */
  get steps(): number {
    return this.#exports.stepsTaken() + (this.#confirmer?.steps ?? 0);
  }

  /** Bytes that all else has read so far: those that scans went through, and walks back to where they have to begin. */
  get bytesSeen(): number {
    return this.#exports.bytesSeen();
  }

  /** Bytes that the rule's automata read in the last `scan`. Where it was given up, what it read until then is not known: 2^32 - 1. */
  stepsOf(rule: number): number {
    const inCore = this.#exports.stepsOf(rule) >>> 0;
    if (inCore === GIVEN_UP || (this.#flags & PENDING) === 0) return inCore;
    return inCore + (this.#confirmer?.stepsOf(rule) ?? 0);
  }

  #noteExceeded(): void {
    const count = this.#exports.exceeded();
    if (count === 0) return;
    const rules = new Uint32Array(this.memory.buffer, this.#exports.exceededAddress(), count);
    for (const rule of rules) this.#exceeded.add(rule);
    this.#exports.clearExceeded();
  }

  #confirm(count: number, text: Uint8Array, from: number, to: number): number {
    this.#confirmer ??= new Confirmer(typeof this.#patterns === "function" ? this.#patterns() : this.#patterns);
    return this.#confirmer.confirm(this.#view(), count, text, from, to, (rule) => this.#exceeded.add(rule));
  }

  #view(): Uint32Array {
    if (this.#matches.buffer !== this.memory.buffer) {
      this.#matches = new Uint32Array(this.memory.buffer, this.#exports.matchesAddress(), 65_536 * MATCH_WORDS);
    }
    return this.#matches;
  }
}

/** Undefined where an instruction is not known: asking first would read the binary twice. */
function compiled(binary: Uint8Array<ArrayBuffer>, name: string): WebAssembly.Module | undefined {
  try {
    return compileModule(binary, `core-${name}`);
  } catch {
    return undefined;
  }
}

const instantiate = (module: WebAssembly.Module, env: Record<string, unknown>) =>
  new WebAssembly.Instance(module, { env }).exports as unknown as Exports;

/** Takes the relaxed build where it runs and does what the core needs of it, else the strict one. */
function fitting(binaries: CoreBinaries, env: Record<string, unknown>): [WebAssembly.Module, Exports] {
  for (const name of ["relaxed", "strict"] as const) {
    const binary = binaries[name];
    const module = binary && compiled(binary, name);
    if (module === undefined) continue;
    const exports = instantiate(module, env);
    // Nothing in the strict build differs between machines.
    if (name === "strict" || exports.relaxedFits()) return [module, exports];
  }
  throw new PatrolError(
    "internal",
    "this Node.js runs no WebAssembly SIMD; use Node.js 20.19 or newer on x64 or arm64",
  );
}
