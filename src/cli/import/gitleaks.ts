import { createHash } from "node:crypto";
import { PatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import { secretBytes } from "../../report/secret-text.ts";
import { parseIgnoreFile } from "../suppress/ignore-file.ts";
import { isAt, isRedacted, known, tellsOf } from "../suppress/known-finding.ts";
import { NOTHING, readJson, type Carried, type Claim } from "./carried.ts";

/** `commit:file:rule:line` or `file:rule:line`; a rule of gitleaks' that has another name here is told by its place. */
function byFingerprint(fingerprint: string, name: string, ourRules: ReadonlySet<string>): Claim {
  const [, commit, file = "", rule = "", line] = /^(?:([0-9a-f]{7,64}):)?(.+):([^:]+):(\d+)$/.exec(fingerprint) ?? [];
  return {
    what: `${name}: ${fingerprint}`,
    reason: `from ${name}`,
    tellsOf: ({ candidate, paths }) =>
      paths.includes(file) &&
      [candidate.span.startLine, candidate.match.startLine].includes(Number(line)) &&
      (commit === undefined || (candidate.provenance.commit ?? "").startsWith(commit)) &&
      (candidate.rule.id === rule || !ourRules.has(rule)),
  };
}

/** Each secret is asked about for each entry. */
const digests = new WeakMap<Secret, string>();

function digestOf(secret: Secret): string {
  let digest = digests.get(secret);
  if (digest === undefined)
    digests.set(secret, (digest = createHash("sha256").update(secretBytes(secret)).digest("hex")));
  return digest;
}

const byDigest = (digest: string, name: string): Claim => ({
  what: `${name}: ${digest.slice(0, 12)}…`,
  reason: `from ${name}`,
  tellsOf: ({ candidate }) => digestOf(candidate.secret) === digest,
});

/** Ignore files and JSON baselines of gitleaks and betterleaks. */
export function fromGitleaks(name: string, text: string, ourRules: ReadonlySet<string>): Carried {
  if (name.endsWith(".toml"))
    return { ...NOTHING, stays: [`${name}: scans here read gitleaks' configuration as it is`] };
  if (/ignore$/.test(name)) {
    const { fingerprints, digests, unreadable } = parseIgnoreFile(text);
    const claims = [
      ...[...fingerprints].map((fingerprint) => byFingerprint(fingerprint, name, ourRules)),
      ...[...digests].map((digest) => byDigest(digest, name)),
    ];
    return {
      ...NOTHING,
      claims,
      left: unreadable.map(({ line }) => `${name}:${line}: neither a fingerprint nor a digest`),
    };
  }
  const list = readJson(text, name);
  if (!Array.isArray(list)) throw new PatrolError("usage-invalid", `${name} is no JSON report of gitleaks`);
  const claims = list.map((entry, index): Claim => {
    const finding = known(entry, name, index);
    return {
      what: `${name}: ${finding.rule} in ${finding.file}:${finding.line}`,
      reason: `from the baseline ${name}`,
      tellsOf: (one) =>
        (one.candidate.rule.id === finding.rule || !ourRules.has(finding.rule)) && tellsOf(finding, one),
      ...(isRedacted(finding.secret) && { isAt: ({ candidate }) => isAt(finding, candidate) }),
    };
  });
  return { ...NOTHING, claims };
}
