import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../../disk/make-folder.ts";
import type { Head } from "../../source.ts";
import { GitFailure, startGit } from "./process.ts";
import { accessTo, type Remote } from "./remote.ts";

export interface ListOptions {
  readonly limitMs: number;
  /** Folder for git's home of that moment; the system's when left out. */
  readonly below?: string;
  readonly signal?: AbortSignal;
}

/** Every ref that the server shows, in its order. @throws GitFailure */
export async function listRefs(remote: Remote, options: ListOptions): Promise<Head[]> {
  const below = options.below ?? tmpdir();
  makeFolder(below, 0o700);
  const folder = await mkdtemp(join(below, "patrol-refs-"));
  try {
    return await ask(remote, false, folder, options).catch(async (error: unknown) => {
      if (error instanceof GitFailure && error.reason === "moved") return await ask(remote, true, folder, options);
      throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Outside of any repository: what its objects are called is the server's to say. */
async function ask(remote: Remote, isMoved: boolean, folder: string, options: ListOptions): Promise<Head[]> {
  const access = accessTo(remote, isMoved);
  const git = startGit(["ls-remote", "--quiet", "--refs", "origin"], { ...access, folder, signal: options.signal });
  const clock = setTimeout(() => git.stop("time-limit"), options.limitMs);
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of git.stdout) chunks.push(chunk as Buffer);
    await git.ended;
    const lines = Buffer.concat(chunks).toString().split("\n");
    return lines.flatMap((line) => {
      const [, object, ref] = /^([0-9a-f]{40,64})\t(.+)$/.exec(line) ?? [];
      return object === undefined || ref === undefined ? [] : [{ object, ref }];
    });
  } finally {
    clearTimeout(clock);
  }
}
