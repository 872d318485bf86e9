import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeFolder } from "../disk/make-folder.ts";
import { answers, listenOn } from "./life-line.ts";

const SOCKET = ".sock";

/** A folder for what this process fetches. */
export interface WorkFolder {
  readonly path: string;
  /** Removes it with all that is in it. */
  release(): Promise<void>;
}

/**
 * Makes an own folder below `<data folder>/fetch`, and removes those of processes that are gone: what they had fetched
 * may hold tokens. A folder's process lives as long as its socket answers, whatever became of its number.
 */
export async function openWorkFolder(dataFolder: string): Promise<WorkFolder> {
  const root = resolve(dataFolder, "fetch");
  makeFolder(root, 0o700);
  await sweep(root);
  const name = `${process.pid}-${randomBytes(6).toString("hex")}`;
  // The socket comes first and goes last: whoever sweeps finds no folder of a living process without one.
  const close = await listenOn(root, `${name}${SOCKET}`);
  const path = join(root, name);
  mkdirSync(path, { mode: 0o700 });
  return {
    path,
    async release() {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 });
      await close();
    },
  };
}

async function sweep(root: string): Promise<void> {
  const owners = new Set(readdirSync(root).map((name) => name.replace(/\.sock$/, "")));
  for (const owner of owners) {
    if (await answers(root, `${owner}${SOCKET}`)) continue;
    rmSync(join(root, owner), { recursive: true, force: true, maxRetries: 3 });
    rmSync(join(root, `${owner}${SOCKET}`), { force: true });
  }
}
