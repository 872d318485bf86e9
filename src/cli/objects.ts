import { PatrolError } from "../model/errors.ts";
import { askGit, type RepositoryAsked } from "../sources/git/ask-git.ts";
import { readTexts } from "../sources/git/objects/commit.ts";

/** An object of git's as it is shown beside a finding. */
export interface ShownObject {
  readonly bytes: Buffer;
  /** Of a commit or tag: what stands behind its headers. */
  readonly message?: Buffer;
  /** The same as text, in the encoding that the object names. */
  readonly messageText?: string;
}

/** Reads objects by one `git cat-file`. What git cannot read is missing from the answer. */
export function readObjects(repository: RepositoryAsked, ids: ReadonlySet<string>): Map<string, ShownObject> {
  const objects = new Map<string, ShownObject>();
  if (ids.size === 0) return objects;
  let output: Buffer;
  try {
    output = askGit(repository, ["cat-file", "--batch"], {
      input: [...ids].map((id) => `${id}\n`).join(""),
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
    const behindHeaders = bytes.indexOf("\n\n");
    const hasMessage = (type === "commit" || type === "tag") && behindHeaders >= 0;
    const message = hasMessage ? bytes.subarray(behindHeaders + 2) : undefined;
    objects.set(id, message ? { bytes, message, messageText: readTexts(bytes).message } : { bytes });
  }
  return objects;
}
