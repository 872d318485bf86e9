import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readHead, readMergeHeads } from "../../../src/sources/git/head.ts";
import { isObjectId } from "../../../src/sources/git/object-id.ts";
import { readRefsSince } from "../../../src/sources/git/refs.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";
import { hold, refusal, type Target } from "../target.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";
const FILES = [
  "HEAD",
  "packed-refs",
  "config",
  "refs/heads/main",
  "MERGE_HEAD",
  "objects/info/alternates",
  "commondir",
];

/** The small texts of a repository, in one input: a part for each file, parted by a line of dashes. */
export function refs(): Target {
  const root = mkdtempSync(join(tmpdir(), "patrol-fuzz-"));
  const folder = join(root, "repository");
  for (const name of ["refs/heads", "objects/info", "objects/pack"]) mkdirSync(join(folder, name), { recursive: true });
  const join_ = (...parts: readonly string[]) => Buffer.from(parts.join("\n----\n"));
  return {
    name: "refs",
    rounds: 120,
    maxBytes: 1 << 16,
    run(input) {
      const parts = Buffer.from(input).toString("latin1").split("\n----\n");
      for (const [i, name] of FILES.entries()) {
        const path = join(folder, name);
        // A common folder elsewhere is rather the exception.
        if (parts[i] === undefined || (name === "commondir" && parts[i] === "")) rmSync(path, { force: true });
        else writeFileSync(path, parts[i], "latin1");
      }
      const repository = refusal(() => openRepository(folder));
      // How git itself reads reftables is git's to test.
      if (repository === undefined || repository.refsNeedGit) return;
      const isId = (id: string) => isObjectId(id, repository.format);
      const { list, packed } = readRefsSince(repository, undefined, true);
      for (const { object } of list) hold(isId(object), () => "a ref that names no object");
      const rest = readRefsSince(repository, packed, true);
      const others = rest.isRest === true ? list.filter(({ isPacked }) => isPacked !== true) : list;
      const told = (refs: typeof list) =>
        refs
          .map(({ name, object }) => `${name} ${object}`)
          .sort()
          .join("\n");
      hold(told(rest.list) === told(others), () => "refs that are told otherwise when the packed ones are known");
      hold(isId(readHead(repository) ?? "a".repeat(repository.format.bytes * 2)), () => "a HEAD that names no object");
      hold(readMergeHeads(repository).every(isId), () => "a merge head that names no object");
    },
    seeds: () => [
      join_(
        "ref: refs/heads/main\n",
        `# pack-refs with: peeled\n${ID} refs/tags/v1\n^${ID}\n`,
        "[core]\n\tbare = false\n",
        `${ID}\n`,
      ),
      join_(
        `${ID}\n`,
        "",
        '[extensions]\n\tobjectFormat = "sha256"\n\trefStorage = files\n[remote "origin"]\n\tpromisor\n',
        "ref: refs/heads/main\n",
        `${ID}\n`,
        "../other/objects\n",
        "../../x",
      ),
    ],
    heavy: () => [
      join_("", "", `[extensions]\nk = x ${" ".repeat(1 << 18)}x${" ".repeat(1 << 18)}x`),
      join_("", "", `[extensions "${"\\".repeat(1 << 19)}`),
    ],
    words: [
      "ref: ",
      "refs/heads/main",
      "HEAD",
      ID,
      "\n",
      "\r\n",
      "[extensions]",
      "objectFormat = sha256",
      "refStorage",
      '"',
      "\\",
      " ",
      "\t",
      "=",
      "[",
      "]",
      "\0",
      "\n----\n",
      "..",
      "/",
    ],
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
