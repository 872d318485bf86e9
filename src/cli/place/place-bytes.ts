import { constants } from "node:buffer";
import { readNamed } from "../../disk/named-file.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Fragment } from "../../model/fragment.ts";
import { askGit } from "../../sources/git/ask-git.ts";
import { counted } from "../terminal/look.ts";
import { withSlashes } from "./native-path.ts";
import type { TypedPlace } from "./place.ts";
import { runGit } from "./repository.ts";

/** Lines are counted in one string. */
const LARGEST = constants.MAX_STRING_LENGTH;

/** The file of a place as it lies on the disk, or as it was in `commit`. Throws `usage-invalid` when there is none. */
export function fragmentAt({ path, line }: TypedPlace, commit: string | undefined): Fragment {
  const fragment = commit === undefined ? onDisk(path) : inCommit(path, commit);
  const lines = Buffer.from(fragment.bytes).toString("latin1").split("\n");
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  if (line > lines.length)
    throw new PatrolError("usage-invalid", `${path} has ${counted(lines.length, "line")}; there is no line ${line}`);
  return fragment;
}

function onDisk(path: string): Fragment {
  const bytes = readNamed(path, { by: "FILE:LINE", mostBytes: LARGEST });
  return { bytes, provenance: { kind: "file", path: withSlashes(path) } };
}

function inCommit(path: string, commit: string): Fragment {
  // A name that begins with - would be an option of git's.
  const id = commit.startsWith("-")
    ? undefined
    : runGit(".", ["rev-parse", "--verify", "--quiet", `${commit}^{commit}`]);
  if (id === undefined) throw new PatrolError("usage-invalid", `--commit: git knows no commit ${commit}`);
  try {
    const bytes = askGit({}, ["cat-file", "blob", `${id}:./${path}`], { mostBytes: LARGEST });
    return { bytes, provenance: { kind: "file", path: withSlashes(path), commit: id } };
  } catch (error) {
    throw new PatrolError("usage-invalid", `commit ${commit} holds no file ${path}`, { cause: error });
  }
}
