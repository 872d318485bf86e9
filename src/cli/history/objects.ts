import { PatrolError } from "../../model/errors.ts";
import { askGit, type RepositoryAsked } from "../../sources/git/ask-git.ts";
import { readTexts } from "../../sources/git/objects/commit.ts";
import type { GitObject } from "../../sources/git/objects/loose.ts";
import { COMMIT, TAG, typeOf, type ObjectType } from "../../sources/git/object-id.ts";

/** An object of git's as it is shown beside a finding. */
export interface ShownObject {
  readonly bytes: Buffer;
  /** Of a commit or tag: what stands behind its headers. */
  readonly message?: Buffer;
  /** The same as text, in the encoding that the object names. */
  readonly messageText?: string;
}

function shown(type: ObjectType | undefined, bytes: Buffer): ShownObject {
  const behindHeaders = bytes.indexOf("\n\n");
  if ((type !== COMMIT && type !== TAG) || behindHeaders < 0) return { bytes };
  return { bytes, message: bytes.subarray(behindHeaders + 2), messageText: readTexts(bytes).message };
}

/** Reads objects, those that are not `known` by one `git cat-file`. What git cannot read is missing from the answer. */
export function readObjects(
  repository: RepositoryAsked,
  ids: ReadonlySet<string>,
  known: ReadonlyMap<string, GitObject> = new Map(),
): Map<string, ShownObject> {
  const objects = new Map<string, ShownObject>();
  const asked: string[] = [];
  for (const id of ids) {
    const object = known.get(id);
    if (object === undefined) asked.push(id);
    else objects.set(id, shown(object.type, object.bytes));
  }
  if (asked.length === 0) return objects;
  let output: Buffer;
  try {
    output = askGit(repository, ["cat-file", "--batch"], {
      input: asked.map((id) => `${id}\n`).join(""),
      mostBytes: 2 ** 31 - 1,
    });
  } catch (error) {
    throw new PatrolError("source-unreadable", `${repository.gitDir}: git cannot read the objects with findings`, {
      cause: error,
    });
  }
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(10, at);
    const [id = "", type = "", size = ""] = output.toString("latin1", at, end).split(" ");
    at = end + 1;
    if (type === "missing" || size === "") continue;
    const bytes = output.subarray(at, at + Number(size));
    at += Number(size) + 1;
    objects.set(id, shown(typeOf(type), bytes));
  }
  return objects;
}
