import fs from "node:fs";
import { dirname } from "node:path";
import { NodeFS } from "@electric-sql/pglite/nodefs";

/** The parts of Emscripten's NODEFS that are patched. `nfd` is the file's descriptor at the operating system. */
interface Node {
  readonly name: string;
  readonly mode: number;
}
interface Stream {
  readonly node: Node;
  readonly nfd: number;
}
interface NodeFileSystem {
  realPath(node: Node): string;
  readonly node_ops: {
    mknod(parent: Node, name: string, mode: number, dev: number): Node;
    rename(node: Node, folder: Node, name: string): void;
    unlink(parent: Node, name: string): void;
    rmdir(parent: Node, name: string): void;
  };
  readonly stream_ops: { fsync?(stream: Stream): number };
}

/** The parts of PGlite's module that take part in answering a query. */
interface Module {
  readonly NODEFS: NodeFileSystem;
  stackRestore: () => void;
  _PostgresMainLoopOnce: () => void;
  _PostgresSendReadyForQueryIfNecessary: () => void;
  _pgl_pq_flush: () => void;
}

/**
 * PGlite's file system on a folder, with the one operation that it lacks: Emscripten passes `fsync` on to
 * `stream_ops.fsync`, NODEFS has none, and so PGlite as it comes never reaches the disk. `fdatasync` stays without
 * effect in Emscripten; PostgreSQL must run with `wal_sync_method = fsync`.
 *
 * PostgreSQL syncs a new table's file, but not the folder that names it, since the file systems it knows keep the two
 * together. POSIX does not promise that, so a folder whose entries changed is synced before the next file in it.
 */
export class DurableFS extends NodeFS {
  override async init(...args: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const { emscriptenOpts } = await super.init(...args);
    let running: Module | undefined;
    const patch = (module: unknown) => {
      running = module as Module;
      addSync(running.NODEFS);
    };
    return {
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [...(emscriptenOpts.preRun ?? []), patch],
        onAbort: () => running && stopAnswering(running),
      },
    };
  }
}

/** PostgreSQL gave up: it panicked, after a failed sync or on a full disk. What it acknowledged is in its log. */
export class Panic extends Error {
  constructor() {
    super("PostgreSQL gave up: its log could not be written.");
    this.name = "Panic";
  }
}

/** PGlite catches what a query throws, asks again, and never returns from an aborted module. This gets it out. */
function stopAnswering(module: Module): void {
  module.stackRestore = () => {
    throw new Panic();
  };
  module._PostgresMainLoopOnce = module.stackRestore;
  module._PostgresSendReadyForQueryIfNecessary = () => {};
  module._pgl_pq_flush = () => {};
}

const FOLDER = 0o040000;
const KIND = 0o170000;
/** WASI's number of "input/output error". */
const EIO = 29;

function addSync(nodefs: NodeFileSystem): void {
  const changed = new Set<string>();
  const { node_ops: nodes, stream_ops: streams } = nodefs;
  const { mknod, rename, unlink, rmdir } = nodes;
  nodes.mknod = (parent, name, mode, dev) => {
    changed.add(nodefs.realPath(parent));
    return mknod(parent, name, mode, dev);
  };
  nodes.rename = (node, folder, name) => {
    changed.add(dirname(nodefs.realPath(node))).add(nodefs.realPath(folder));
    rename(node, folder, name);
  };
  nodes.unlink = (parent, name) => {
    changed.add(nodefs.realPath(parent));
    unlink(parent, name);
  };
  nodes.rmdir = (parent, name) => {
    changed.add(nodefs.realPath(parent));
    rmdir(parent, name);
  };
  const sync = ({ node, nfd }: Stream) => {
    const path = nodefs.realPath(node);
    if ((node.mode & KIND) === FOLDER) {
      changed.delete(path);
      fs.fsyncSync(nfd);
      return;
    }
    // A folder made and not yet named on disk would take its files with it, so the whole way up is synced first.
    for (let folder = dirname(path); changed.size > 0 && folder !== dirname(folder); folder = dirname(folder))
      if (changed.delete(folder)) syncFolder(folder);
    // Size and contents are all that PostgreSQL reads again; `fsync` would also write the time of change.
    fs.fdatasyncSync(nfd);
  };
  streams.fsync = (stream) => {
    try {
      sync(stream);
      return 0;
    } catch {
      // PostgreSQL panics at this, as it must: nobody can tell what of the file is on disk.
      return EIO;
    }
  };
}

/** Makes the entries of a folder survive a power cut. */
export function syncFolder(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
