import fs from "node:fs";
import { basename, dirname, join, relative } from "node:path";

interface Folder {
  readonly kind: "folder";
  /** Names as of the last sync of the folder. */
  synced: Map<string, Thing>;
}
interface File {
  readonly kind: "file";
  /** Bytes as of the last sync of the file. */
  synced: Buffer;
  /** Written since: offset and length of each write; or all of it, after a truncation. */
  dirty: [offset: number, length: number][] | "all";
}
type Thing = Folder | File;

/** How a power cut treats what was never synced: all of it is gone, or each piece stays or goes by chance. */
export type Luck = "none" | (() => number);

/**
 * A disk with a cache that forgets, below a real folder. It sees every call of `node:fs` that Emscripten and Patrol
 * make there, and knows what a power cut may leave: bytes that were synced, under names whose folder was synced.
 */
export class Disk {
  readonly #root: string;
  readonly #things = new Map<string, Thing>();
  readonly #open = new Map<number, string>();
  readonly #real = { ...fs };
  #patched: (keyof typeof fs)[] = [];
  /** Called before each sync, which is where a power cut hurts most. */
  beforeSync: () => void = () => {};
  syncs = 0;

  /** `root` must exist and be empty. Until `unplug` is called, `node:fs` reports to this disk. */
  constructor(root: string) {
    this.#root = root;
    this.#things.set(root, { kind: "folder", synced: new Map() });
    this.#plug();
  }

  unplug(): void {
    for (const name of this.#patched) Object.assign(fs, { [name]: this.#real[name] });
  }

  /** Files that hold writes not yet synced, relative to the root. */
  unsynced(): string[] {
    const found: string[] = [];
    for (const [path, thing] of this.#things)
      if (thing.kind === "file" && thing.dirty.length > 0) found.push(relative(this.#root, path));
    return found;
  }

  /** Writes what a power cut of this moment leaves to `target`. */
  cut(target: string, luck: Luck = "none"): void {
    const paths = new Map([...this.#things].map(([path, thing]) => [thing, path]));
    const place = (thing: Thing, at: string) => {
      if (thing.kind === "file") {
        this.#real.writeFileSync(at, this.#remains(thing, paths.get(thing), luck), { mode: 0o600 });
        return;
      }
      this.#real.mkdirSync(at, { mode: 0o700 });
      const path = paths.get(thing);
      const names = luck === "none" || path === undefined || luck() < 0.5 ? thing.synced : this.#names(path);
      for (const [name, child] of names) place(child, join(at, name));
    };
    place(this.#things.get(this.#root) as Thing, target);
  }

  #remains(file: File, path: string | undefined, luck: Luck): Buffer {
    if (luck === "none" || path === undefined) return file.synced;
    const now = this.#real.readFileSync(path);
    const ranges: [number, number][] = file.dirty === "all" ? [[0, now.length]] : file.dirty;
    const bytes: Buffer = Buffer.alloc(Math.max(file.synced.length, now.length));
    file.synced.copy(bytes);
    // Disks write sectors whole, in any order.
    for (const [offset, length] of ranges)
      for (let at = offset - (offset % 512); at < offset + length; at += 512)
        if (luck() < 0.5) now.copy(bytes, at, at, at + 512);
    return bytes;
  }

  #names(folder: string): Map<string, Thing> {
    return new Map(
      [...this.#things]
        .filter(([path]) => dirname(path) === folder && path !== folder)
        .map(([path, thing]) => [basename(path), thing]),
    );
  }

  #sync(descriptor: number): void {
    const path = this.#open.get(descriptor);
    const thing = path === undefined ? undefined : this.#things.get(path);
    if (path === undefined || thing === undefined) return;
    this.beforeSync();
    this.syncs += 1;
    if (thing.kind === "folder") {
      thing.synced = this.#names(path);
      return;
    }
    const reader = this.#real.openSync(path, "r");
    try {
      const { size } = this.#real.fstatSync(reader);
      const ranges: [number, number][] = thing.dirty === "all" ? [[0, size]] : thing.dirty;
      if (thing.dirty === "all") thing.synced = Buffer.alloc(0);
      for (const [offset, length] of ranges) {
        const bytes = Buffer.alloc(length);
        thing.synced = patch(
          thing.synced,
          bytes.subarray(0, this.#real.readSync(reader, bytes, 0, length, offset)),
          offset,
        );
      }
      thing.dirty = [];
    } finally {
      this.#real.closeSync(reader);
    }
  }

  #made(path: string, thing: Thing): void {
    if (path.startsWith(`${this.#root}/`)) this.#things.set(path, thing);
  }

  #gone(path: string): void {
    for (const one of this.#things.keys()) if (one === path || one.startsWith(`${path}/`)) this.#things.delete(one);
  }

  #plug(): void {
    const real = this.#real;
    const file = (path: string) => {
      const thing = this.#things.get(path);
      return thing?.kind === "file" ? thing : undefined;
    };
    const patched = {
      openSync: (path: string, ...rest: [fs.OpenMode, fs.Mode?]) => {
        const descriptor = real.openSync(path, ...rest);
        if (path !== this.#root && !path.startsWith(`${this.#root}/`)) return descriptor;
        this.#open.set(descriptor, path);
        if (!this.#things.has(path)) this.#made(path, { kind: "file", synced: Buffer.alloc(0), dirty: "all" });
        return descriptor;
      },
      closeSync: (descriptor: number) => {
        real.closeSync(descriptor);
        this.#open.delete(descriptor);
      },
      writeSync: (descriptor: number, bytes: Uint8Array, offset: number, length: number, position?: number | null) => {
        const written = real.writeSync(descriptor, bytes, offset, length, position);
        const thing = file(this.#open.get(descriptor) ?? "");
        if (thing && thing.dirty !== "all") {
          if (typeof position === "number") thing.dirty.push([position, written]);
          else thing.dirty = "all";
        }
        return written;
      },
      writeFileSync: (path: string, ...rest: [string, fs.WriteFileOptions?]) => {
        real.writeFileSync(path, ...rest);
        this.#made(path, { kind: "file", synced: Buffer.alloc(0), dirty: "all" });
      },
      truncateSync: (path: string, length?: number) => {
        real.truncateSync(path, length);
        const thing = file(path);
        if (thing) thing.dirty = "all";
      },
      ftruncateSync: (descriptor: number, length?: number) => {
        real.ftruncateSync(descriptor, length);
        const thing = file(this.#open.get(descriptor) ?? "");
        if (thing) thing.dirty = "all";
      },
      mkdirSync: (path: string, ...rest: [fs.MakeDirectoryOptions?]) => {
        const made = real.mkdirSync(path, ...rest);
        if (!this.#things.has(path)) this.#made(path, { kind: "folder", synced: new Map() });
        return made;
      },
      renameSync: (from: string, to: string) => {
        real.renameSync(from, to);
        const moved = [...this.#things].filter(([path]) => path === from || path.startsWith(`${from}/`));
        this.#gone(to);
        this.#gone(from);
        for (const [path, thing] of moved) this.#made(to + path.slice(from.length), thing);
        for (const [descriptor, path] of this.#open)
          if (path === from || path.startsWith(`${from}/`)) this.#open.set(descriptor, to + path.slice(from.length));
      },
      unlinkSync: (path: string) => {
        real.unlinkSync(path);
        this.#gone(path);
      },
      rmdirSync: (path: string) => {
        real.rmdirSync(path);
        this.#gone(path);
      },
      rmSync: (path: string, options?: fs.RmOptions) => {
        real.rmSync(path, options);
        this.#gone(path);
      },
      // The disk below is not ours to test, and syncing it for real would only take time.
      fsyncSync: (descriptor: number) => this.#sync(descriptor),
      fsync: (descriptor: number, done: () => void) => {
        this.#sync(descriptor);
        setImmediate(done);
      },
      fdatasyncSync: (descriptor: number) => this.#sync(descriptor),
    };
    this.#patched = Object.keys(patched) as (keyof typeof fs)[];
    Object.assign(fs, patched);
  }
}

/** `bytes` with `piece` at an offset, grown with zeros where it ends before. */
function patch(bytes: Buffer, piece: Buffer, offset: number): Buffer {
  const end = offset + piece.length;
  const whole = end > bytes.length ? Buffer.concat([bytes, Buffer.alloc(end - bytes.length)]) : bytes;
  piece.copy(whole, offset);
  return whole;
}
