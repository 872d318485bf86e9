// What a first look has to know of a configuration that is a repository's own, as the whole program left it there.
import type { PathTable } from "../engine/core/path-look.ts";
import { BUILD } from "../model/build.ts";
import { readCached } from "./rules-cache.ts";

/** What together stops at everything that the configuration's rules may find. */
export interface LookRules {
  /** Images for the content of files, by their names in the user's cache. `built-in`: that of the build. */
  readonly images: readonly string[];
  /** For the rules that ask for a path alone. */
  readonly paths?: PathTable;
}

export const BUILT_IN = "built-in";

export interface LookFile {
  readonly build: string;
  /** Where the configuration lies. */
  readonly path: string;
  /** What there is to tell of it. */
  readonly warnings: readonly string[];
  /** What it extends, in order. */
  readonly extended: readonly { readonly named: string; readonly path: string }[];
  /** The configuration's own bytes, then those of what it extends. */
  readonly texts: readonly Uint8Array[];
  /** `none`: a look cannot decide by these rules. Left out: they were seen once, and nothing is compiled yet. */
  readonly rules?: LookRules | "none";
}

/** One file a configuration: the next version of it replaces the last. Of two paths that share a name one has no look. */
export const lookFileName = (path: string) => `${Buffer.from(path).toString("base64url").slice(-200)}.look`;

const LINE_FEED = 10;

export function encodeLookFile({ texts, ...head }: LookFile): Buffer {
  const sizes = texts.map(({ length }) => length);
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ...head, sizes })}\n`), ...texts]);
}

/** What was kept for the configuration at a path by this build. Undefined: nothing, or it is damaged. */
export function readLookFile(path: string): LookFile | undefined {
  const bytes = BUILD === undefined ? undefined : readCached(lookFileName(path));
  if (bytes === undefined) return undefined;
  let at = bytes.indexOf(LINE_FEED) + 1;
  try {
    const { sizes, ...head } = JSON.parse(bytes.toString("utf8", 0, at)) as LookFile & { sizes: number[] };
    if (head.build !== BUILD || head.path !== path) return undefined;
    const texts = sizes.map((size) => bytes.subarray(at, (at += size)));
    return at === bytes.length ? { ...head, texts } : undefined;
  } catch {
    return undefined;
  }
}
