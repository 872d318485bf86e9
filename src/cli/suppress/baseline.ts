import { PatrolError } from "../../model/errors.ts";
import { secretText } from "../../report/secret-text.ts";
import { isRedacted, known, tellsOf, type Known } from "./known-finding.ts";
import type { Located, Suppressor } from "./suppress.ts";

/** Entries by a text, and by their entropy: of those with both in common one is enough. */
class Entries {
  readonly #byText = new Map<string, Map<number, Known>>();

  add(text: string, entry: Known): void {
    let same = this.#byText.get(text);
    if (same === undefined) this.#byText.set(text, (same = new Map()));
    same.set(entry.entropy, entry);
  }

  at(text: string, located: Located): boolean {
    for (const entry of this.#byText.get(text)?.values() ?? []) if (tellsOf(entry, located)) return true;
    return false;
  }

  anywhere(located: Located): boolean {
    for (const text of this.#byText.keys()) if (this.at(text, located)) return true;
    return false;
  }
}

/** Entropies in one step or in steps side by side may be equal. */
const STEP = 1e-4;
const stepOf = (entropy: number) => Math.floor(entropy / STEP);

/** What a file's entries without their secret have in common: the beginning that is shown, and the entropy. */
interface Alike {
  readonly byPlace: Entries;
  /** By what the match is shown as: where the place is another, that has to fit. */
  readonly byMatch: Entries;
}

const placeOf = (commit: string, line: number) => `${commit}:${line}`;

/** Entries of one rule in one file. A report may hold tens of thousands, and a file as many findings. */
class InFile {
  readonly #secrets = new Set<string>();
  readonly #alike = new Map<string, Alike>();
  readonly #shownLengths = new Set<number>();

  add(entry: Known): void {
    if (!isRedacted(entry.secret)) {
      this.#secrets.add(entry.secret);
      return;
    }
    const shown = entry.secret.endsWith("...") ? entry.secret.slice(0, -3) : "";
    this.#shownLengths.add(shown.length);
    const key = `${stepOf(entry.entropy)} ${shown}`;
    let alike = this.#alike.get(key);
    if (alike === undefined) this.#alike.set(key, (alike = { byPlace: new Entries(), byMatch: new Entries() }));
    alike.byPlace.add(placeOf(entry.commit, entry.line), entry);
    alike.byMatch.add(entry.match, entry);
  }

  holds(located: Located): boolean {
    const { candidate } = located;
    if (candidate.rule.pattern === "") return this.#alike.size > 0;
    const secret = secretText(candidate.secret);
    if (this.#secrets.has(secret)) return true;
    const step = stepOf(candidate.entropy);
    for (const length of this.#shownLengths) {
      if (length > secret.length) continue;
      for (const near of [step - 1, step, step + 1]) {
        const alike = this.#alike.get(`${near} ${secret.slice(0, length)}`);
        if (alike !== undefined && holdsAlike(alike, located)) return true;
      }
    }
    return false;
  }
}

function holdsAlike({ byPlace, byMatch }: Alike, located: Located): boolean {
  const { provenance, span, match } = located.candidate;
  const isThere = (line: number) => byPlace.at(placeOf(provenance.commit ?? "", line), located);
  return isThere(span.startLine) || isThere(match.startLine) || byMatch.anywhere(located);
}

/** Entries of a report, found again without going through all of them for each finding. */
class KnownFindings {
  readonly #files = new Map<string, InFile>();

  add(entry: Known): void {
    const key = `${entry.rule}\0${entry.file}`;
    let file = this.#files.get(key);
    if (file === undefined) this.#files.set(key, (file = new InFile()));
    file.add(entry);
  }

  /** Whether an entry of the same rule tells of this finding, as `tellsOf` says. */
  holds(located: Located): boolean {
    const { rule } = located.candidate;
    return located.paths.some((path) => this.#files.get(`${rule.id}\0${path}`)?.holds(located) === true);
  }
}

/**
 * Leaves out what a report of an earlier scan holds already.
 *
 * @throws PatrolError `usage-invalid` when the text is no such report.
 */
export function byBaseline(content: string, name: string): Suppressor {
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
  return (located) => (findings.holds(located) ? { kind: "external", reason: `known in ${name}` } : undefined);
}
