// What a history holds, the slow way: git gives every object, the plain engine reads every byte of it.
import { execFileSync } from "node:child_process";
import type { Rulebook } from "../../src/engine/rulebook.ts";
import { scan, type ScanOptions } from "../../src/engine/scan.ts";
import type { Candidate } from "../../src/model/candidate.ts";
import type { Fragment } from "../../src/model/fragment.ts";
import { secretText } from "../../src/report/secret-text.ts";
import { withoutShadowed } from "../../src/cli/suppress/generic.ts";
import { natureOf } from "../../src/sources/git/scan/object-scan.ts";

/** One secret: `rule`, NUL, secret; and one place where the reference saw it. */
export type Secrets = Map<string, string>;

const keyOf = ({ rule, secret }: Candidate) => `${rule.id}\0${secretText(secret)}`;

function gitText(repository: string, args: readonly string[], input = ""): string {
  return execFileSync("git", ["-C", repository, ...args], { encoding: "latin1", input, maxBuffer: 2 ** 30 });
}

/** Reads objects by one `git cat-file --batch`, in parts that fit into memory. */
function* objects(repository: string, ids: readonly string[]): Generator<{ id: string; type: string; bytes: Buffer }> {
  for (let from = 0; from < ids.length; from += 2000) {
    const input = ids.slice(from, from + 2000).join("\n");
    const output = execFileSync("git", ["-C", repository, "cat-file", "--batch", "--buffer"], {
      input,
      maxBuffer: 2 ** 31 - 1,
    });
    for (let at = 0; at < output.length;) {
      const end = output.indexOf(10, at);
      const [id = "", type = "", size] = output.toString("latin1", at, end).split(" ");
      // A partial clone lacks files: nobody can read those.
      if (size === undefined) {
        at = end + 1;
        continue;
      }
      yield { id, type, bytes: output.subarray(end + 1, end + 1 + Number(size)) };
      at = end + 2 + Number(size);
    }
  }
}

/** Lines of a header that only point elsewhere or sign the rest, with those that carry them on. */
const NO_TEXT = /^(?:tree|parent|object|type|gpgsig|gpgsig-sha256)(?: .*)?(?:\n .*)*$/gm;

interface Place {
  readonly commit: string;
  readonly path: string;
}

/** Every path of every blob, with the first commit that put it there: `git log --raw` against all parents. */
function placesOf(repository: string): Map<string, Place[]> {
  const commits = gitText(repository, ["rev-list", "--all", "HEAD", "--reverse", "--topo-order"]);
  const shape = ["--stdin", "--root", "-r", "-c", "-z", "--raw", "--no-abbrev", "--no-renames"];
  const fields = gitText(repository, ["diff-tree", ...shape], commits).split("\0");
  const places = new Map<string, Place[]>();
  let commit = "";
  for (let at = 0; at < fields.length; at++) {
    const field = fields[at] ?? "";
    if (!field.startsWith(":")) {
      commit = field.trim();
      continue;
    }
    const blob = field.split(" ").at(-2) ?? "";
    const path = Buffer.from(fields[++at] ?? "", "latin1").toString("utf8");
    const known = places.get(blob) ?? [];
    if (!known.some((place) => place.path === path)) places.set(blob, [...known, { commit, path }]);
  }
  return places;
}

/** All secrets of files, commit messages and tag messages that refs reach. A rulebook without an engine is the slowest. */
export function historyReference(repository: string, rulebook: Rulebook, options: ScanOptions = {}): Secrets {
  const found: Secrets = new Map();
  const take = (fragment: Fragment, place: string) => {
    for (const candidate of withoutShadowed(scan(fragment, rulebook, options))) {
      if (!found.has(keyOf(candidate))) found.set(keyOf(candidate), place);
    }
  };
  const places = placesOf(repository);
  const reached = gitText(repository, ["rev-list", "--all", "HEAD", "--objects", "--missing=allow-any"]).split("\n");
  const ids = [...new Set(reached.map((line) => line.split(" ", 1)[0] ?? "").filter(Boolean))];
  for (const { id, type, bytes } of objects(repository, ids)) {
    if (type === "commit" || type === "tag") {
      const about = type === "commit" ? { commit: id } : {};
      const end = bytes.indexOf("\n\n") + 2;
      const header = bytes.toString("latin1", 0, end).replace(NO_TEXT, (lines) => lines.replace(/[^\n]/g, " "));
      take({ bytes: Buffer.from(header, "latin1"), provenance: { kind: `${type}-header`, ...about } }, id);
      take({ bytes: bytes.subarray(end), provenance: { kind: `${type}-message`, ...about } }, id);
    }
    if (type !== "blob" || natureOf(bytes, 0, bytes.length) === "binary") continue;
    for (const { commit, path } of places.get(id) ?? [])
      take({ bytes, provenance: { kind: "file", commit, path } }, `${commit}:${path}`);
  }
  return found;
}
