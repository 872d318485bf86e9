import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { Candidate } from "../../model/candidate.ts";
import { MOST_IGNORE_BYTES, readRegular } from "../../disk/regular-file.ts";
import { isExpired, parseIgnoreEntry, today, type IgnoreEntry } from "./ignore-entry.ts";
import { ignoreDigest, ignoreKeys, KEY_FILE } from "./ignore-key.ts";
import type { Suppression } from "../../report/row.ts";
import type { Told } from "./suppress.ts";

/** Decisions, and debts of the day a baseline was made. */
export const IGNORE_FILE = ".patrolignore";
export const BASELINE_FILE = ".patrol-baseline";

/** An entry and where it stands. */
interface KeptEntry extends IgnoreEntry {
  readonly file: string;
  readonly line: number;
}

/** Something to put right in an ignore file. */
interface IgnoreFault {
  readonly kind: "expired" | "unused" | "unreadable";
  readonly says: string;
}

export interface IgnoreBook {
  readonly entries: readonly KeptEntry[];
  /** As a `Suppressor`; the text around a finding is not asked for. */
  readonly suppressor: (told: Told) => Suppression | undefined;
  /** `isWhole`: everything was scanned that the entries may tell of, so that one without a finding is of no use. */
  readonly faults: (isWhole: boolean) => IgnoreFault[];
  readonly isUsed: (entry: KeptEntry) => boolean;
}

/** What a digest is made of. A rule that goes by the path alone has no secret: its path stands for it. */
export const contentOf = ({ rule, secret }: Candidate, path: string) =>
  rule.pattern === "" ? `path\0${path}` : secret.reveal();

const saying = ({ rule, owner, reason, file, line }: KeptEntry) =>
  `${file}:${line}: rule ${rule}${owner === undefined ? "" : `, owner ${owner}`}: ${reason}`;

/** Reads the ignore files of folders. Entries that are expired count for nothing. Throws `setting-invalid` for a bad key. */
export function openIgnoreBook(
  folders: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  without: readonly string[] = [],
): IgnoreBook {
  const entries: KeptEntry[] = [];
  const faults: IgnoreFault[] = [];
  const keysOf = new Map<KeptEntry, readonly Buffer[]>();
  for (const folder of new Set(folders.map((folder) => resolve(folder)))) {
    for (const name of [IGNORE_FILE, BASELINE_FILE]) {
      const path = join(folder, name);
      if (without.includes(name) || !existsSync(path)) continue;
      const shown = relative("", path);
      const keys = ignoreKeys(folder, env);
      if (keys.length === 0)
        faults.push({ kind: "unreadable", says: `${shown}: its key is missing (${KEY_FILE}); no entry counts` });
      readRegular(path, true, MOST_IGNORE_BYTES)
        .toString("utf8")
        .split(/\r?\n/)
        .forEach((line, index) => {
          if (line.trim() === "" || line.startsWith("#")) return;
          const entry = parseIgnoreEntry(line.trim());
          if (!entry) {
            const conflict = /^[<=>]{7}/.test(line)
              ? "a mark of a merge conflict: keep the lines of both sides"
              : "no entry";
            faults.push({ kind: "unreadable", says: `${shown}:${index + 1}: ${conflict}` });
            return;
          }
          const kept = { ...entry, file: shown, line: index + 1 };
          entries.push(kept);
          keysOf.set(kept, keys);
        });
    }
  }
  const day = today();
  const byDigest = new Map<string, KeptEntry>();
  for (const entry of entries) if (!isExpired(entry, day)) byDigest.set(`${entry.digest} ${entry.rule}`, entry);
  const rules = new Set(entries.map(({ rule }) => rule));
  const keys = [...new Map([...keysOf.values()].flat().map((key) => [key.toString("hex"), key])).values()];
  const used = new Set<KeptEntry>();
  const known = new Map<string, readonly string[]>();
  const digestsOf = (content: string) => {
    const digests = known.get(content) ?? keys.map((key) => ignoreDigest(content, key));
    known.set(content, digests);
    return digests;
  };

  return {
    entries,
    suppressor: ({ candidate, paths }) => {
      // A digest is slow to make on purpose: only where an entry may know the finding.
      if (!rules.has(candidate.rule.id)) return undefined;
      for (const path of candidate.rule.pattern === "" ? paths : paths.slice(0, 1)) {
        for (const digest of digestsOf(contentOf(candidate, path))) {
          const entry = byDigest.get(`${digest} ${candidate.rule.id}`);
          if (!entry) continue;
          used.add(entry);
          return { kind: "external", reason: `${entry.reason} (${entry.file}:${entry.line})` };
        }
      }
      return undefined;
    },
    faults: (isWhole) => [
      ...faults,
      ...entries.flatMap((entry): IgnoreFault[] => {
        if (isExpired(entry, day)) return [{ kind: "expired", says: `${saying(entry)}: expired on ${entry.until}` }];
        return isWhole && !used.has(entry)
          ? [
              {
                kind: "unused",
                says: `${saying(entry)}: nothing is found that it tells of; \`patrol ignore prune\` takes it out`,
              },
            ]
          : [];
      }),
    ],
    isUsed: (entry) => used.has(entry),
  };
}
