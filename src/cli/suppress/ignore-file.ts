import { createHash, createHmac } from "node:crypto";
import { secretBytes } from "../../report/secret-text.ts";
import type { Suppressor } from "./suppress.ts";

/** What ignore files say; gitleaks' and betterleaks' kinds of line may stand in either file. */
export interface IgnoreFile {
  /** `commit:file:rule:line` and `file:rule:line`, `/` between folders. */
  readonly fingerprints: ReadonlySet<string>;
  /** Hex SHA-256 of a secret, or its HMAC. */
  readonly digests: ReadonlySet<string>;
  /** Lines that are neither: number and text. */
  readonly unreadable: readonly { readonly line: number; readonly text: string }[];
}

export function parseIgnoreFile(content: string): IgnoreFile {
  const fingerprints = new Set<string>();
  const digests = new Set<string>();
  const unreadable: { line: number; text: string }[] = [];
  content.split(/\r?\n/).forEach((raw, index) => {
    const text = raw.trim();
    if (text === "" || text.startsWith("#")) return;
    if (/^[0-9a-f]{64}$/i.test(text)) digests.add(text.toLowerCase());
    else if (/^.*:[^:]+:\d+$/.test(text)) fingerprints.add(text.replaceAll("\\", "/").replace(/^(?:\.\/+)+/, ""));
    else unreadable.push({ line: index + 1, text });
  });
  return { fingerprints, digests, unreadable };
}

/** Leaves out what an ignore file lists. `hmacKey` is betterleaks' key for entries that are no plain hash. */
export function byIgnoreFile(file: IgnoreFile, name: string, hmacKey?: string): Suppressor {
  return ({ candidate, paths }) => {
    const { rule, span, match, secret, provenance } = candidate;
    for (const path of paths) {
      // gitleaks names the line where the match begins, which may lie above the secret's.
      for (const line of new Set([span.startLine, match.startLine])) {
        const place = `${path}:${rule.id}:${line}`;
        const full = `${provenance.commit ?? ""}:${place}`;
        if (file.fingerprints.has(full) || file.fingerprints.has(place))
          return { kind: "external", reason: `listed in ${name}` };
      }
    }
    if (file.digests.size === 0) return undefined;
    const bytes = secretBytes(secret);
    const digest = createHash("sha256").update(bytes).digest("hex");
    const keyed = hmacKey === undefined ? "" : createHmac("sha256", hmacKey).update(bytes).digest("hex");
    return file.digests.has(digest) || file.digests.has(keyed)
      ? { kind: "external", reason: `its digest is listed in ${name}` }
      : undefined;
  };
}
