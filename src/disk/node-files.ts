/**
 * Files by the functions of Node.js' own on which `node:fs` is built. Between the two stand checks of all arguments, several functions for
 * each call, which V8 optimises only after some ten thousand files: a tenth of the CPU time that the scan of a folder takes.
 * Here arguments have to be right: a wrong one may end the process.
 *
 * Node.js gives these functions away by `process.binding`, and promises nothing. So they are taken only where the source of `node:fs` shows that
 * it calls them as is done here, and elsewhere `node:fs` is called.
 */
import { closeSync, openSync, readdirSync, readSync, type Dirent } from "node:fs";
import { processBinding } from "./node-bindings.ts";

export interface NodeFiles {
  /** `mode`: of a file that is created, so of none. */
  readonly open: (path: string, flags: number, mode: number) => number;
  /** Reads from `position` in the file to `offset` in the buffer, in which there must be room for `length` bytes. */
  readonly read: (file: number, buffer: Uint8Array, offset: number, length: number, position: number) => number;
  readonly close: (file: number) => void;
}

interface Binding extends NodeFiles {
  readonly readdir: (path: string, encoding: string, withKinds: true) => [names: string[], kinds: number[]] | undefined;
}

/**
 * How `node:fs` calls them in Node.js 20, 22, 24 and 26; and that nothing is told of who asks for them. In 26 files that a program made up for
 * itself come first (`vfsState`), which Patrol has none of.
 */
const CALLS: readonly (readonly [own: () => unknown, call: RegExp])[] = [
  [
    () => openSync,
    /\breturn binding\.open\(\s*(?:pathModule\.toNamespacedPath\(path\)|getValidatedPath\(path\)),\s*(?:stringToFlags\(flags\),\s*parseFileMode\(mode, 'mode', 0o666\)|flags,\s*mode),?\s*\);\s*}$/,
  ],
  [() => readSync, /\breturn binding\.read\(fd, buffer, offset, length, position\);\s*}$/],
  [
    () => closeSync,
    /^function closeSync\(fd\) {\s*(?:const h = vfsState\.handlers;\s*if \(h !== null\) {\s*const result = h\.closeSync\(fd\);\s*if \(result !== undefined\) return;\s*}\s*)?binding\.close\(fd\);\s*}$/,
  ],
  [
    () => readdirSync,
    /\bconst result = binding\.readdir\(\s*(?:pathModule\.toNamespacedPath\(path\)|path),\s*options\.encoding,\s*!!options\.withFileTypes,?\s*\);\s*return result !== undefined && options\.withFileTypes \? getDirents\(path, result\) : result;\s*}$/,
  ],
  [processBinding, /\binternalBinding\(module\)/],
];

/** Undefined: they cannot be had, or might be other ones. */
function askBinding(): Binding | undefined {
  try {
    const isKnown = CALLS.every(([own, call]) => call.test(Function.prototype.toString.call(own())));
    return isKnown && process.platform !== "win32" ? (processBinding()?.("fs") as Binding) : undefined;
  } catch {
    return undefined;
  }
}

let asked: { readonly binding: Binding | undefined } | undefined;

const binding = () => (asked ??= { binding: askBinding() }).binding;

/** A new object: Node.js' has so many properties that V8 looks each one up. */
export function nodeFiles(): NodeFiles {
  const { open, read, close } = binding() ?? { open: openSync, read: readSync, close: closeSync };
  return { open, read, close };
}

/** What lies in a folder, as the system lists it. */
export interface Listed {
  readonly names: readonly string[];
  /** Of each name, `FILE`, `FOLDER`, `LINK` or another. */
  readonly kinds: readonly number[];
}

/** As in Node.js' `constants.UV_DIRENT_…`, which its types leave out. */
const UNTOLD = 0;
export const FILE = 1;
export const FOLDER = 2;
export const LINK = 3;
const OTHER = 4;

export const kindOf = (entry: Pick<Dirent, "isFile" | "isDirectory" | "isSymbolicLink">): number =>
  entry.isFile() ? FILE : entry.isDirectory() ? FOLDER : entry.isSymbolicLink() ? LINK : OTHER;

/** Throws as `readdirSync` does. */
export function listFolder(folder: string): Listed {
  const [names, kinds] = binding()?.readdir(folder, "utf8", true) ?? [];
  // Not every file system tells kinds; `node:fs` then asks for each.
  if (names !== undefined && kinds !== undefined && !kinds.includes(UNTOLD)) return { names, kinds };
  const entries = readdirSync(folder, { withFileTypes: true });
  return { names: entries.map(({ name }) => name), kinds: entries.map(kindOf) };
}
