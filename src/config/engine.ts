import { compileRules, keyOf, type CompilableRule } from "../engine/compile/compile-rules.ts";
import { KEY_WORD } from "../engine/compile/image.ts";
import { Core } from "../engine/core/core.ts";
import { CoreEngine } from "../engine/core/core-engine.ts";
import { matchEachPlain, matchPlain } from "../engine/plain.ts";
import type { EngineTwin, Rulebook } from "../engine/rulebook.ts";
import { bakedImage, newBakedCore, newCore, newTwinCore, quickTraining } from "./engine-files.ts";
import { keepFile } from "./keep-file.ts";
import { readCached } from "./rules-cache.ts";
import { optimisingLate } from "./v8-flags.ts";

const patternsOf = (rules: readonly CompilableRule[]) => rules.map(({ pattern }) => pattern);

/** Patterns are asked for where one is to be held against a text, and rules are read for them then. */
const patternsIn = (rulebook: Pick<Rulebook, "rules">) => () => patternsOf(rulebook.rules);

/** A core that looks for the rules; a match's rule is the index in `rules`. `image`: that of these rules, where it is at hand. */
export function createCore(rules: readonly CompilableRule[], image = imageOf(rules), room = 0): Core {
  const core = newCore(room);
  core.load(image, patternsOf(rules));
  return core;
}

/** Bytes up to which the plain engine is done before the fast one would be ready, and when its rules must be compiled first. */
const FEW_BYTES = 4 << 10;
const FEW_BYTES_UNCOMPILED = 128 << 10;

export interface EngineOptions {
  /**
   * Its rules are those of the build, and so is their image; to compare their keys would take as long as loading Node's
   * cryptography.
   */
  readonly isBaked?: boolean;
  /** What `release` lets it keep. Left out: all, as a process does that ends soon and may ask the engine once more. */
  readonly keepsBytes?: number;
  /** Of one in another thread that looks for the same rules. */
  readonly twin?: EngineTwin;
}

/** The rulebook with the fast engine, which is made when there is enough to do for it. */
export function withEngine(
  rulebook: Rulebook,
  { twin, isBaked = twin !== undefined && twin.image === undefined, keepsBytes = Infinity }: EngineOptions = {},
): Rulebook {
  let engine: CoreEngine | undefined;
  let seen = 0;
  /** Whether so much was to be scanned that the fast engine is worth its start. */
  const isWorthIt = (bytes: number) => {
    if (engine !== undefined) return true;
    seen += bytes;
    return (
      seen > FEW_BYTES_UNCOMPILED || (seen > FEW_BYTES && (isBaked || compiledImage(rulebook.rules) !== undefined))
    );
  };
  const newCoreOf = (room: number) =>
    twin
      ? newTwinCore(twin, patternsIn(rulebook), room)
      : isBaked
        ? newBakedCore(patternsIn(rulebook), room)
        : createCore(rulebook.rules, imageOf(rulebook.rules), room);
  let newEngine = (room: number) => new CoreEngine(newCoreOf(room), rulebook);
  const fast = (room = 0) => (engine ??= newEngine(room));
  const release = () => {
    const core = engine?.core();
    if (core === undefined || core.memory.buffer.byteLength <= keepsBytes) return;
    // What lies in dist/ may be of another build by now.
    const kept = core.twin();
    newEngine = (room) => new CoreEngine(newTwinCore(kept, patternsIn(rulebook), room), rulebook);
    engine = undefined;
  };
  return Object.freeze({
    get rules() {
      return rulebook.rules;
    },
    get hash() {
      return rulebook.hash;
    },
    ...(rulebook.isSimple !== undefined && { isSimple: rulebook.isSimple }),
    engine: {
      match: (text: string, of: Rulebook) => (isWorthIt(text.length) ? fast().match(text, of) : matchPlain(text, of)),
      matchEach: (texts: readonly string[], of: Rulebook, around: string) =>
        isWorthIt(0) ? fast().matchEach(texts, of, around) : matchEachPlain(texts, of, around),
      survey: (bytes: Uint8Array, of: Rulebook, depth: number) =>
        isWorthIt(bytes.length) ? fast().survey(bytes, of, depth) : undefined,
      mayHold: (text: string, depth: number) => !isWorthIt(text.length) || fast().mayHold(text, depth),
      room: (size: number) => fast().room(size),
      takeExceeded: () => engine?.takeExceeded() ?? [],
      core: (room?: number) => fast(room).core(),
      twin: () => (isBaked ? { module: fast().core().module } : fast().core().twin()),
      release,
    },
  });
}

const cacheName = (key: Buffer) => `${key.toString("hex")}.img`;

/** The name under which the rules' image is kept in the user's cache: their key, and what kind of file it is. */
export const imageName = (rules: readonly CompilableRule[]) => cacheName(Buffer.from(keyOf(rules)));

/** The rules' image where there is one: baked when they are the built-in ones, else from the user's cache. */
export function compiledImage(rules: readonly CompilableRule[]): Uint8Array<ArrayBuffer> | undefined {
  const key = Buffer.from(keyOf(rules));
  const hasKey = (image: Uint8Array) => key.equals(image.subarray(KEY_WORD * 4, KEY_WORD * 4 + key.length));
  const baked = bakedImage();
  if (hasKey(baked)) return baked;
  const cached = readCached(cacheName(key));
  return cached !== undefined && hasKey(cached) ? (cached as Uint8Array<ArrayBuffer>) : undefined;
}

/** The rules' image. What has to be compiled is kept in the user's cache. */
export function imageOf(rules: readonly CompilableRule[]): Uint8Array<ArrayBuffer> {
  const compiled = compiledImage(rules);
  if (compiled !== undefined) return compiled;
  const { image } = optimisingLate(() => compileRules(rules, quickTraining()));
  keepFile("rules", imageName(rules), image);
  return image;
}
