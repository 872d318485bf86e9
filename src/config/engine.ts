import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { compileRules, keyOf, type CompilableRule } from "../engine/compile/compile-rules.ts";
import { KEY_WORD } from "../engine/compile/image.ts";
import { Core } from "../engine/core/core.ts";
import { CoreEngine } from "../engine/core/core-engine.ts";
import { matchEachPlain, matchPlain } from "../engine/plain.ts";
import type { Rulebook } from "../engine/rulebook.ts";
import { bakedImage, coreBinaries, quickTraining } from "./engine-files.ts";

/** A core that looks for the rules; a match's rule is the index in `rules`. */
export function createCore(rules: readonly CompilableRule[]): Core {
  const core = new Core(coreBinaries());
  core.load(
    imageOf(rules),
    rules.map(({ pattern }) => pattern),
  );
  return core;
}

/** Bytes up to which the plain engine is done before the fast one would be ready. */
const FEW_BYTES = 128 << 10;

/** The rulebook with the fast engine, which is made when there is enough to do for it. */
export function withEngine(rulebook: Rulebook): Rulebook {
  let engine: CoreEngine | undefined;
  let seen = 0;
  /** Whether so much was to be scanned that the fast engine is worth its start. */
  const isWorthIt = (bytes: number) => engine !== undefined || (seen += bytes) > FEW_BYTES;
  const fast = () => (engine ??= new CoreEngine(createCore(rulebook.rules), rulebook.rules));
  return Object.freeze({
    rules: rulebook.rules,
    get hash() {
      return rulebook.hash;
    },
    engine: {
      match: (text: string, of: Rulebook) => (isWorthIt(text.length) ? fast().match(text, of) : matchPlain(text, of)),
      matchEach: (texts: readonly string[], of: Rulebook, around: string) =>
        isWorthIt(0) ? fast().matchEach(texts, of, around) : matchEachPlain(texts, of, around),
      survey: (bytes: Uint8Array, of: Rulebook, depth: number) =>
        isWorthIt(bytes.length) ? fast().survey(bytes, of, depth) : undefined,
      room: (size: number) => engine?.room(size),
      core: () => fast().core(),
    },
  });
}

/** The rules' image: baked when they are the built-in ones, else from the user's cache, else compiled and kept there. */
export function imageOf(rules: readonly CompilableRule[]): Uint8Array<ArrayBuffer> {
  const key = Buffer.from(keyOf(rules));
  const hasKey = (image: Uint8Array) => key.equals(image.subarray(KEY_WORD * 4, KEY_WORD * 4 + key.length));
  const baked = bakedImage();
  if (hasKey(baked)) return baked;
  const folder = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "patrol", "rules");
  const path = join(folder, `${key.toString("hex")}.img`);
  try {
    const cached = new Uint8Array(readFileSync(path));
    if (hasKey(cached)) return cached;
  } catch {
    // Not there yet.
  }
  const { image } = compileRules(rules, quickTraining());
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Whole or not at all: another process may read it at any time.
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, image, { mode: 0o600 });
    renameSync(draft, path);
  } catch {
    // A cache that cannot be written costs time only.
  }
  return image;
}
