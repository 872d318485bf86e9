import { ByteReader } from "../objects/byte-reader.ts";
import { GitFailure } from "./process.ts";
import type { PartialRepository } from "./repository.ts";

export type ReadObject =
  | { readonly kind: "read"; readonly id: string; readonly type: string; readonly bytes: Buffer }
  | { readonly kind: "too-large"; readonly id: string; readonly type: string; readonly size: number }
  /** Not there, or damaged. */
  | { readonly kind: "unreadable"; readonly id: string };

/** Reads objects in the given order, one at a time; the reader's pace is the pace of git. */
export async function* readObjects(
  repository: PartialRepository,
  ids: readonly string[],
  maxBytes: number,
): AsyncGenerator<ReadObject> {
  let next = 0;
  while (next < ids.length) {
    const git = repository.start(["cat-file", "--batch", "--buffer"], lines(ids, next));
    const reader = new ByteReader(git.stdout);
    try {
      for (; next < ids.length; next += 1) {
        const object = await readOne(reader, ids[next]!, maxBytes);
        if (object === undefined) break;
        yield object;
      }
      if (next >= ids.length) return;
      // Git ends at an object that it cannot read. Report that one and go on behind it.
      await git.ended.catch((error: unknown) => {
        if (!(error instanceof GitFailure && error.reason === "unknown")) throw error;
      });
    } finally {
      git.stop("stopped");
    }
    yield { kind: "unreadable", id: ids[next]! };
    next += 1;
  }
}

export async function readObject(repository: PartialRepository, id: string, maxBytes: number): Promise<ReadObject> {
  for await (const object of readObjects(repository, [id], maxBytes)) return object;
  return { kind: "unreadable", id };
}

/** `undefined` when git's answer ends before the object does. */
async function readOne(reader: ByteReader, id: string, maxBytes: number): Promise<ReadObject | undefined> {
  const header = await reader.line();
  if (header === undefined) return undefined;
  const [, type = "", digits] = header.split(" ");
  if (digits === undefined) return { kind: "unreadable", id };
  const size = Number(digits);
  if (size > maxBytes) return (await reader.skip(size + 1)) ? { kind: "too-large", id, type, size } : undefined;
  const bytes = await reader.take(size);
  return bytes !== undefined && (await reader.skip(1)) ? { kind: "read", id, type, bytes } : undefined;
}

function* lines(ids: readonly string[], from: number): Generator<string> {
  const AT_ONCE = 512;
  for (let at = from; at < ids.length; at += AT_ONCE) yield `${ids.slice(at, at + AT_ONCE).join("\n")}\n`;
}
