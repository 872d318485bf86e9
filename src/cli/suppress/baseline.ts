import { PatrolError } from "../../model/errors.ts";
import type { Suppression } from "../../report/row.ts";
import { secretText } from "../../report/secret-text.ts";
import { isRedacted, known, tellsOf, type Known } from "./known-finding.ts";
import type { Located, Suppressor } from "./suppress.ts";

/** A secret that entries without theirs may tell of. */
interface Claim {
  /** Of these entries, by commit and line. Commits stay as they are: what stood there stands there still. */
  readonly places: Set<string>;
  readonly reasons: Suppression[];
}

/**
 * Entries that hide their secrets and look alike but for their places. Another secret may have the same entropy, as one in
 * some twenty tokens of a kind has; so they tell of no more secrets than they are.
 */
class Alike {
  /** Those with an entropy in common look alike in all that is asked. */
  readonly #byEntropy = new Map<number, Known>();
  readonly #byPlace = new Map<string, { readonly byEntropy: Map<number, Known>; count: number }>();
  #count = 0;
  readonly #claims = new Map<string, Claim>();

  add(entry: Known): void {
    this.#count++;
    this.#byEntropy.set(entry.entropy, entry);
    const place = placeOf(entry.commit, entry.line);
    const there = this.#byPlace.get(place) ?? { byEntropy: new Map<number, Known>(), count: 0 };
    there.byEntropy.set(entry.entropy, entry);
    there.count++;
    this.#byPlace.set(place, there);
  }

  holdsAt(place: string, located: Located): boolean {
    const there = this.#byPlace.get(place)?.byEntropy.values() ?? [];
    return [...there].some((entry) => tellsOf(entry, located));
  }

  holds(located: Located): boolean {
    for (const entry of this.#byEntropy.values()) if (tellsOf(entry, located)) return true;
    return false;
  }

  claim(secret: string, place: string | undefined, reason: Suppression): void {
    let claim = this.#claims.get(secret);
    if (claim === undefined) this.#claims.set(secret, (claim = { places: new Set(), reasons: [] }));
    if (place !== undefined) claim.places.add(place);
    claim.reasons.push(reason);
  }

  /** What was left out for these entries' sake although it may be none of theirs. */
  inDoubt(): readonly Suppression[] {
    if (this.#claims.size <= 1) return [];
    const secretsAt = new Map<string, number>();
    for (const { places } of this.#claims.values())
      for (const place of places) secretsAt.set(place, (secretsAt.get(place) ?? 0) + 1);
    const certain = [...secretsAt].filter(([place, count]) => count <= (this.#byPlace.get(place)?.count ?? 0));
    const isCertain = new Set(certain.map(([place]) => place));
    const left = this.#count - certain.reduce((sum, [, count]) => sum + count, 0);
    const others = [...this.#claims.values()].filter(({ places }) => ![...places].some((at) => isCertain.has(at)));
    return others.length > left ? others.flatMap(({ reasons }) => reasons) : [];
  }
}

/** Entropies in one step or in steps side by side may be equal. */
const STEP = 1e-4;
const stepOf = (entropy: number) => Math.floor(entropy / STEP);

const placeOf = (commit: string, line: number) => `${commit}:${line}`;

/** What a file's entries without their secret have in common: the beginning that is shown, and the entropy. */
interface Near {
  readonly byPlace: Map<string, Set<Alike>>;
  /** By what the match is shown as: where the place is another, that has to fit. */
  readonly byMatch: Map<string, Alike>;
}

/** Entries of one rule in one file. A report may hold tens of thousands, and a file as many findings. */
class InFile {
  readonly #secrets = new Set<string>();
  readonly #near = new Map<string, Near>();
  readonly #shownLengths = new Set<number>();

  add(entry: Known): void {
    if (!isRedacted(entry.secret)) {
      this.#secrets.add(entry.secret);
      return;
    }
    const shown = entry.secret.endsWith("...") ? entry.secret.slice(0, -3) : "";
    this.#shownLengths.add(shown.length);
    const key = `${stepOf(entry.entropy)} ${shown}`;
    const { byPlace, byMatch } = entryAt(this.#near, key, () => ({ byPlace: new Map(), byMatch: new Map() }));
    const alike = entryAt(byMatch, entry.match, () => new Alike());
    alike.add(entry);
    entryAt(byPlace, placeOf(entry.commit, entry.line), () => new Set<Alike>()).add(alike);
  }

  *alike(): Generator<Alike> {
    for (const { byMatch } of this.#near.values()) yield* byMatch.values();
  }

  /** Whether an entry tells of the finding. Those that may tell of another one as well are told of `reason`. */
  holds(located: Located, reason: Suppression): boolean {
    const { candidate } = located;
    if (candidate.rule.pattern === "") return this.#near.size > 0;
    const secret = secretText(candidate.secret);
    if (this.#secrets.has(secret)) return true;
    const step = stepOf(candidate.entropy);
    for (const length of this.#shownLengths) {
      if (length > secret.length) continue;
      for (const one of [step - 1, step, step + 1]) {
        const near = this.#near.get(`${one} ${secret.slice(0, length)}`);
        const found = near && alikeOf(near, located);
        if (found === undefined) continue;
        found.alike.claim(secret, found.place, reason);
        return true;
      }
    }
    return false;
  }
}

function entryAt<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function alikeOf({ byPlace, byMatch }: Near, located: Located): { alike: Alike; place?: string } | undefined {
  const { provenance, span, match } = located.candidate;
  const { commit = "" } = provenance;
  for (const line of [span.startLine, match.startLine]) {
    const place = placeOf(commit, line);
    for (const alike of byPlace.get(place) ?? [])
      if (alike.holdsAt(place, located)) return { alike, ...(commit !== "" && { place }) };
  }
  for (const alike of byMatch.values()) if (alike.holds(located)) return { alike };
  return undefined;
}

/** Entries of a report, found again without going through all of them for each finding. */
class KnownFindings {
  readonly #files = new Map<string, InFile>();

  add(entry: Known): void {
    entryAt(this.#files, `${entry.rule}\0${entry.file}`, () => new InFile()).add(entry);
  }

  /** Whether an entry of the same rule tells of this finding, as `tellsOf` says. */
  holds(located: Located, reason: Suppression): boolean {
    const { rule } = located.candidate;
    return located.paths.some((path) => this.#files.get(`${rule.id}\0${path}`)?.holds(located, reason) === true);
  }

  inDoubt(): Set<Suppression> {
    const all = new Set<Suppression>();
    for (const file of this.#files.values())
      for (const alike of file.alike()) for (const reason of alike.inDoubt()) all.add(reason);
    return all;
  }
}

export interface Baseline {
  readonly suppressor: Suppressor;
  /** When all findings are known: what it said of those that may be others than it holds. */
  readonly inDoubt: () => ReadonlySet<Suppression>;
}

/**
 * Leaves out what a report of an earlier scan holds already.
 *
 * @throws PatrolError `usage-invalid` when the text is no such report.
 */
export function byBaseline(content: string, name: string): Baseline {
  let list: unknown;
  try {
    list = JSON.parse(content.replace(/^\ufeff/, ""));
  } catch {
    list = undefined;
  }
  if (!Array.isArray(list))
    throw new PatrolError("usage-invalid", `${name} is no JSON report; make one with --report-path known.json`);
  const findings = new KnownFindings();
  list.forEach((entry, index) => findings.add(known(entry, name, index)));
  return {
    suppressor: (located) => {
      const reason: Suppression = { kind: "external", reason: `known in ${name}` };
      return findings.holds(located, reason) ? reason : undefined;
    },
    inDoubt: () => findings.inDoubt(),
  };
}
