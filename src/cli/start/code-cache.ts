// A script of the build with the code that V8 made of it the last time, so that it is not compiled again at each start.
import { readFileSync } from "node:fs";
import { Script } from "node:vm";
import { cacheFolder, isOwn, ownCacheFolder, readOwnTwice } from "../../config/cache-folder.ts";
import { keepFile } from "../../config/keep-file.ts";
import { checkBuild } from "../../model/build.ts";

/** A script's first line, a comment with the SHA-256 of what follows it: V8 itself compares no more than lengths. */
const HEAD_LENGTH = 68;
/** Behind the head one byte: what of the script it holds beyond what most runs need. V8 copies code that stands at no multiple of eight. */
const CODE_AT = 72;

/** What a run may need of a script beyond what most do, a bit for each: to tell of findings, to scan a history again, and to share a scan. */
export const FINDINGS = 1;
export const AGAIN = 2;
export const THREADS = 4;

type Environment = Readonly<Record<string, string | undefined>>;

/** On Windows no folder is certain to be the user's alone. */
const privateFolder = (env: Environment) => (process.platform === "win32" ? undefined : cacheFolder("code", env));

/** Code depends on Node's version and on V8's flags; V8 rejects that of others, and they would replace each other's. */
export const fileName = (use: string, env: Environment) => {
  const words = [process.version, process.arch, ...process.execArgv, env["NODE_OPTIONS"] ?? "", use];
  return encodeURIComponent(words.filter(Boolean).join(" "));
};

/** What stands behind the head. The file holds all of it twice: V8 trusts the code that it is given, so damage has to be seen before. */
function readCode(folder: string, file: string, head: string): Buffer | undefined {
  try {
    const whole = isOwn(folder, "isDirectory") ? readOwnTwice(file) : undefined;
    if (whole === undefined || whole.length <= CODE_AT) return undefined;
    for (let at = 0; at < HEAD_LENGTH; at++) if (whole[at] !== head.charCodeAt(at)) return undefined;
    return whole.subarray(HEAD_LENGTH);
  } catch {
    return undefined;
  }
}

export interface Loaded<T> {
  readonly exports: T;
  /** Whether it was loaded with code that was kept for runs that need this much. */
  readonly holds: (more: number) => boolean;
  /** Whether no code is kept for runs that need this much. */
  readonly lacks: (more: number) => boolean;
  /**
   * Keeps the code of what has run so far, unless there was some. V8 keeps that of functions that ran; so after a run that
   * needs `more` than most, code of those that did not is replaced.
   */
  readonly keep: (more: number) => void;
}

/**
 * Runs a script that lies in this folder, a function expression that takes what Node gives to CommonJS, and `import`. What is
 * wrong with kept code, its place or its owner, costs time only.
 *
 * @param use what it is run for, where that decides which of its functions run; code is kept for each.
 */
export function loadScript<T extends { readonly BUILD?: string | undefined }>(
  path: string,
  env: Environment,
  use = "",
): Loaded<T> {
  // The build sees to it that there are no other characters than ASCII's, which V8 takes as they are.
  const source = readFileSync(path, "latin1");
  const head = source.slice(0, HEAD_LENGTH);
  const folder = privateFolder(env);
  const name = fileName(use, env);
  const file = folder && `${folder}/${name}`;
  const kept = folder && file && readCode(folder, file, head);
  const script = new Script(source, {
    filename: path,
    ...(kept && { cachedData: kept.subarray(CODE_AT - HEAD_LENGTH) }),
  });
  const module = { exports: {} as T };
  const others: (name: string) => unknown = require;
  // Node's own modules without the search for others, of which there is one at most.
  const load = (name: string) => process.getBuiltinModule(name) ?? others(name);
  script.runInThisContext()(module.exports, load, module, path, __dirname, (name: string) => import(name));
  checkBuild(path, module.exports.BUILD);
  const taken = kept && !script.cachedDataRejected ? kept[0] : undefined;
  const holds = (more: number) => taken !== undefined && (more & ~taken) === 0;
  const lacks = (more: number) => folder !== undefined && !holds(more);
  return {
    exports: module.exports,
    holds,
    lacks,
    keep(more) {
      if (!lacks(more)) return;
      // To make it takes as long as it saves later, which is for nothing where it cannot be kept.
      if (ownCacheFolder("code") === undefined) return;
      const front = Buffer.alloc(CODE_AT);
      front.write(head, "latin1");
      front[HEAD_LENGTH] = (taken ?? 0) | more;
      const made = [front, script.createCachedData()];
      keepFile("code", name, Buffer.concat([...made, ...made]));
    },
  };
}
