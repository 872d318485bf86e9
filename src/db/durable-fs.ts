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
    const patch = (module: unknown) => addSync((module as { NODEFS: NodeFileSystem }).NODEFS);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), patch] } };
  }
}

const FOLDER = 0o040000;
const KIND = 0o170000;

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
  streams.fsync = ({ node, nfd }) => {
    const path = nodefs.realPath(node);
    if ((node.mode & KIND) === FOLDER) {
      changed.delete(path);
      fs.fsyncSync(nfd);
    } else {
      // A folder made and not yet named on disk would take its files with it, so the whole way up is synced first.
      for (let folder = dirname(path); changed.size > 0 && folder !== dirname(folder); folder = dirname(folder))
        if (changed.delete(folder)) syncFolder(folder);
      // Size and contents are all that PostgreSQL reads again; `fsync` would also write the time of change.
      fs.fdatasyncSync(nfd);
    }
    return 0;
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
