import { dirname } from "node:path";
import { LookCore } from "../../config/engine-files.ts";
import { extendedPath } from "../../config/extended.ts";
import { BUILT_IN, readLookFile, type LookFile } from "../../config/look-file.ts";
import { cachedPath } from "../../config/rules-cache.ts";
import { FirstLook } from "../../engine/core/first-look.ts";
import { PathLook } from "../../engine/core/path-look.ts";
import { readRegular } from "../../disk/regular-file.ts";
import { ownConfiguration, ownRulesSentence, stagedBelow, type OwnConfiguration, type StagedAt } from "../own-files.ts";

/** The rules of a first look. */
export interface LookedFor {
  /** What there is to tell of them. */
  readonly notes: readonly string[];
  /** True: a scan by these rules finds nothing in the file. False: it may. */
  readonly areNotIn: (path: string, content: Uint8Array) => boolean;
  /** The same of a path, the last name of which is new. */
  readonly areNotInPath: (path: string) => boolean;
}

/** The whole path, as folders may have the name's keyword, and that name alone, where a text begins and ends. */
function areNotInPath(looks: readonly FirstLook[], path: string): boolean {
  const texts = [path, path.slice(path.lastIndexOf("/") + 1)].map((text) => Buffer.from(text));
  return looks.every((look) => texts.every((text) => look.isClean(text, true)));
}

/** Whether all that decides what the rules are is what it was when they were compiled. */
function isUnchanged(
  { texts: [text, ...texts], extended }: LookFile,
  own: OwnConfiguration,
  staged: StagedAt,
): boolean {
  if (text === undefined || !own.bytes.equals(text) || texts.length !== extended.length) return false;
  let folder = dirname(own.path);
  return extended.every(({ named, path }, index) => {
    if (extendedPath(named, folder) !== path) return false;
    folder = dirname(path);
    const bytes = (own.isStaged ? staged(path) : undefined) ?? readRegular(path);
    return bytes.equals(texts[index] as Uint8Array);
  });
}

function looksFor(name: string, look: LookCore): FirstLook {
  if (name === BUILT_IN) look.loadBuiltIn();
  else {
    const path = cachedPath(name);
    if (path === undefined) throw new Error(`${name} is not kept`);
    look.load(path, name.replace(/\.img$/, ""));
  }
  return new FirstLook(look.core);
}

/**
 * The rules that a scan of what is staged goes by, ready to look for, with `first` and as many more cores as they need.
 * Undefined: only the whole program can tell what they are. `staged`: of paths from `top`.
 */
export function lookedFor(top: string, staged: StagedAt, first: LookCore): LookedFor | undefined {
  const own = ownConfiguration(top, staged);
  if (own === undefined) {
    const look = looksFor(BUILT_IN, first);
    return {
      notes: [],
      areNotIn: (_, content) => look.isClean(content),
      areNotInPath: (path) => areNotInPath([look], path),
    };
  }
  const kept = readLookFile(own.path);
  if (kept?.rules === undefined || kept.rules === "none") return undefined;
  if (!isUnchanged(kept, own, stagedBelow(top, staged))) return undefined;
  const { images, paths } = kept.rules;
  const looks = images.map((name, index) => looksFor(name, index === 0 ? first : new LookCore(first)));
  const inPaths = paths && new PathLook(paths);
  return {
    notes: [...kept.warnings, ownRulesSentence(own)],
    areNotIn: (path, content) => looks.every((look) => look.isClean(content)) && inPaths?.isClean(path) !== false,
    areNotInPath: (path) => areNotInPath(looks, path),
  };
}
