import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readRegular } from "../../disk/regular-file.ts";
import type { Terminal } from "../usage/command.ts";
import { runGit } from "../place/repository.ts";
import { ignoreText, parseIgnoreEntry, type IgnoreEntry } from "./ignore-entry.ts";
import { ignoreKeys, KEY_FILE, makeIgnoreKey, writing } from "./ignore-key.ts";

const HEAD = [
  "# Secrets that are known and not reported. An entry a line, sorted; `patrol ignore` writes it.",
  "# digest rule until owner reason; see docs/suppressions.md of Patrol.",
];

/** Whole or not at all. */
export function replaceFile(path: string, text: string): void {
  const draft = `${path}.${process.pid}.new`;
  writing(path, () => {
    try {
      writeFileSync(draft, text);
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  });
}

/** The entries of a file, and the comments above them. */
function read(path: string): { entries: IgnoreEntry[]; head: readonly string[] } {
  if (!existsSync(path)) return { entries: [], head: HEAD };
  const lines = readRegular(path).toString("utf8").split(/\r?\n/);
  return {
    entries: lines.map((line) => parseIgnoreEntry(line.trim())).filter((entry) => entry !== undefined),
    head: lines.filter((line) => line.startsWith("#")),
  };
}

/** The key for new entries; makes one where there is none. */
export const writingKey = (folder: string, env: Terminal["env"]): Buffer =>
  ignoreKeys(folder, env)[0] ?? makeIgnoreKey(folder);

/** Lets git merge the file line by line; gives the sentence to tell when `.gitattributes` was changed for it. */
function mergeByLine(folder: string, name: string): string | undefined {
  if (runGit(folder, ["rev-parse", "--is-inside-work-tree"]) !== "true") return undefined;
  if (runGit(folder, ["check-attr", "merge", "--", name])?.endsWith(": union")) return undefined;
  const path = join(folder, ".gitattributes");
  const before = existsSync(path) ? readRegular(path).toString("utf8") : "";
  const gap = before === "" || before.endsWith("\n") ? "" : "\n";
  replaceFile(path, `${before}${gap}${name} merge=union\n`);
  return `${relative("", path)}: ${name} merge=union, so that branches merge without conflicts`;
}

/** Writes a file of entries anew: what `change` makes of those that it holds. Gives sentences on what else was written. */
export function changeIgnoreFile(
  folder: string,
  name: string,
  change: (entries: readonly IgnoreEntry[]) => readonly IgnoreEntry[],
): string[] {
  const path = join(folder, name);
  const { entries, head } = read(path);
  const merging = mergeByLine(folder, name);
  replaceFile(path, ignoreText(change(entries), head));
  return [
    `${relative("", path)} is written; commit it, and ${KEY_FILE} beside it`,
    ...(merging === undefined ? [] : [merging]),
  ];
}
