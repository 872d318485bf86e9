import { existsSync } from "node:fs";
import { join } from "node:path";
import { PatrolError } from "../../model/errors.ts";
import { isFolder } from "../../disk/is-folder.ts";
import { MOST_REPORT_BYTES, readNamed } from "../../disk/named-file.ts";
import { MOST_IGNORE_BYTES, readRegular } from "../../disk/regular-file.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Terminal } from "../usage/command.ts";
import { byBaseline, type Baseline } from "./baseline.ts";
import { openIgnoreBook, type IgnoreBook } from "./ignore-book.ts";
import { byIgnoreFile, parseIgnoreFile } from "./ignore-file.ts";
import { byOwnFile } from "./own-file.ts";
import { byMarker } from "./markers.ts";
import type { Suppressor } from "./suppress.ts";

export interface ChosenSuppressors {
  readonly suppressors: readonly Suppressor[];
  /** Our own entries, which say of themselves what is wrong with them. */
  readonly book: IgnoreBook;
  /** Asked at the end, where a baseline hides its secrets: see `Baseline`. */
  readonly inDoubt?: Baseline["inDoubt"];
}

/**
 * Reads what has to be left out: comments, ignore files, the baseline. `target`: the folder that is scanned;
 * `configuration`: the file that rules come from; `without`: names of our own files that are not to be read.
 */
export function chosenSuppressors(
  args: Arguments,
  terminal: Terminal,
  target: string | undefined,
  note: (text: string) => void,
  { configuration, without = [] }: { configuration?: string; without?: readonly string[] },
): ChosenSuppressors {
  const list: Suppressor[] = args.has("ignore-gitleaks-allow") ? [] : [byMarker];
  const given = args.text("gitleaks-ignore-path");
  if (given !== undefined && !existsSync(given))
    throw new PatrolError("usage-invalid", `--gitleaks-ignore-path: there is no ${given}`);
  const folders = [given ?? ".", ...(target === undefined ? [] : [target])];
  const files = folders.flatMap((folder) =>
    isFolder(folder) ? [join(folder, ".gitleaksignore"), join(folder, ".betterleaksignore")] : [folder],
  );
  for (const name of new Set(files)) {
    if (!existsSync(name) || (name === target && name !== given)) continue;
    const file = parseIgnoreFile(
      name === given
        ? readText(name, "--gitleaks-ignore-path", MOST_IGNORE_BYTES)
        : readRegular(name, true, MOST_IGNORE_BYTES).toString("utf8"),
    );
    for (const { line } of file.unreadable) note(`${name}:${line}: neither a fingerprint nor a digest; ignored`);
    list.push(byIgnoreFile(file, name, terminal.env["BETTERLEAKS_FINGERPRINT_HMAC_KEY"]));
  }
  const baseline = args.text("baseline-path");
  const read = [...(configuration === undefined ? [] : [configuration]), ...(baseline === undefined ? [] : [baseline])];
  list.push(byOwnFile(read, target));
  const known =
    baseline === undefined ? undefined : byBaseline(readText(baseline, "--baseline-path", MOST_REPORT_BYTES), baseline);
  if (known !== undefined) list.push(known.suppressor);
  const own = [".", ...(target !== undefined && isFolder(target) ? [target] : [])];
  const book = openIgnoreBook(own, terminal.env, without);
  return { suppressors: [...list, book.suppressor], book, ...(known && { inDoubt: known.inDoubt }) };
}

/** The text of a file that a flag names. Throws as `readNamed`. */
export const readText = (path: string, flag: string, mostBytes: number) =>
  readNamed(path, { by: flag, mostBytes }).toString("utf8");
