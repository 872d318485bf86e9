import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BrokenObject } from "../../../src/sources/git/objects/broken.ts";
import { parseIndex } from "../../../src/sources/git/stage/index-file.ts";
import { hold, refusal, type Target } from "../target.ts";

/** Indexes that git itself wrote: of each version, with a conflict, split, sparse, with kept trees. */
function written(): Buffer[] {
  const folder = mkdtempSync(join(tmpdir(), "patrol-fuzz-"));
  const env = { PATH: process.env["PATH"], GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", HOME: folder };
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...args], {
      cwd: folder,
      env,
      stdio: "pipe",
    });
  const found: Buffer[] = [];
  const take = () => found.push(readFileSync(join(folder, ".git/index")));
  try {
    git("init", "-q");
    for (const path of ["a.txt", "folder/b.txt", "folder/deep/c.txt", "folder/deep/d.txt", "z/last.txt"]) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), `${path}\n`);
    }
    git("add", ".");
    git("commit", "-qm", "one");
    for (const version of ["2", "3", "4"]) {
      git("update-index", "--index-version", version);
      take();
    }
    writeFileSync(join(folder, "later.txt"), "later\n");
    git("add", "--intent-to-add", "later.txt");
    take();
    git("rm", "-q", "--cached", "later.txt");
    git("update-index", "--split-index");
    take();
    git("update-index", "--no-split-index");
    git("sparse-checkout", "set", "--cone", "--sparse-index", "z");
    take();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return found;
}

/** `.git/index`. */
export function gitIndex(): Target {
  return {
    name: "git-index",
    rounds: 1500,
    maxBytes: 1 << 17,
    run(input) {
      const bytes = Buffer.from(input);
      for (const idBytes of [20, 32]) {
        const index = refusal(() => parseIndex(bytes, idBytes), BrokenObject);
        if (index === undefined) continue;
        hold(
          index.entries.length * 62 <= bytes.length,
          () => `${index.entries.length} entries in ${bytes.length} bytes`,
        );
        for (const { id, path } of index.entries) {
          hold(id.length === 2 * idBytes, () => "an id of another length");
          hold(path.length <= bytes.length, () => "a path that is longer than the file");
        }
      }
    },
    seeds: written,
    words: ["DIRC", "TREE", "link", "sdir", "REUC", "EOIE", "\0", "-1 0\n", "1 1\n", Buffer.from([0, 0, 0, 4])],
  };
}
