import { scan, type ScanOptions as EngineOptions } from "../../engine/scan.ts";
import type { Candidate } from "../../model/candidate.ts";
import type { Fragment } from "../../model/fragment.ts";
import { describe, shownBeside, shownMatch } from "../../report/describe.ts";
import { inOrder, type ReportedFinding, type Suppression } from "../../report/row.ts";
import { textOf } from "../../report/text.ts";
import type { Configuration } from "../configuration.ts";
import { afterAll } from "../suppress/after-all.ts";
import type { ChosenSuppressors } from "../suppress/chosen.ts";
import { withoutShadowed } from "../suppress/generic.ts";
import { suppression, type Located } from "../suppress/suppress.ts";
import type { Answers, Verifier } from "./verify.ts";

/** What a source knows of a fragment beyond its provenance. */
export interface Extras {
  /** Other names of the path that ignore files and baselines may have for it. */
  readonly otherPaths?: readonly string[];
  readonly symlink?: string;
  /** Which of the candidates are told; the others only hide their secrets. Left out: all. */
  readonly isTold?: (candidate: Candidate) => boolean;
  /** Secrets that are no findings here, and are hidden all the same. */
  readonly hidden?: readonly Candidate[];
  /** The fragment may hold more than the candidates, as a version of a file does of which only what is new is told: that is hidden too. */
  readonly isPart?: boolean;
  readonly message?: string;
  readonly link?: (commit: string, path: string, span: Candidate["span"]) => string;
}

export type Watch = (located: Located, reason: Suppression | undefined) => void;

interface Taking {
  readonly configuration: Configuration;
  readonly scanOptions: EngineOptions;
  /** How much of a secret is hidden, in percent. */
  readonly redact: number;
  readonly mask: (text: string) => string;
  readonly suppressors: ChosenSuppressors;
  readonly verifier: Verifier | undefined;
  readonly watch: Watch | undefined;
}

/** The findings of a run: described as they come, so that no fragment is kept, and settled at its end. */
export class Findings {
  readonly #taking: Taking;
  readonly #all: ReportedFinding[] = [];
  readonly #afterAll: ReturnType<typeof afterAll>;

  constructor(taking: Taking) {
    this.#taking = taking;
    this.#afterAll = afterAll(taking.suppressors.book.suppressor);
  }

  take(fragment: Fragment, candidates: readonly Candidate[], extras: Extras): void {
    const { mask, verifier, watch } = this.#taking;
    const { suppressors, inDoubt } = this.#taking.suppressors;
    const kept = withoutShadowed(candidates);
    if (kept.length === 0) return;
    const shown = this.#described(fragment, kept, extras);
    const text = textOf(fragment.bytes);
    kept.forEach((candidate, index) => {
      const finding = shown[index];
      if (!finding || extras.isTold?.(candidate) === false) return;
      const named = [fragment.provenance.path ?? "", ...(extras.otherPaths ?? [])];
      // A report calls a path in which there is a token by what is shown of it.
      const paths = [...new Set([...named, ...named.map(mask)])];
      const located = { candidate, text, paths, match: shownMatch(text, candidate) };
      const reason = suppression(located, suppressors);
      watch?.(located, reason);
      if (reason === undefined) verifier?.take(finding, candidate.secret);
      this.#all.push(reason ? { ...finding, suppression: reason } : finding);
      if (reason !== undefined && inDoubt !== undefined) this.#afterAll.remember(reason, located);
    });
  }

  /** The rows of candidates, with every secret hidden that stands beside them. */
  #described(fragment: Fragment, kept: readonly Candidate[], extras: Extras) {
    const { configuration, scanOptions, redact, mask } = this.#taking;
    const { rulebook, hiding } = configuration;
    const alsoLooking = extras.isPart === true ? [rulebook, ...hiding] : hiding;
    const nearby = { ...scanOptions, isNear: shownBeside(kept) };
    const alsoHidden = alsoLooking.flatMap((rules) => scan(fragment, rules, nearby)).concat(extras.hidden ?? []);
    // Whoever scanned all of it has told of rules that were given up in it.
    if (extras.isPart === true) rulebook.engine?.takeExceeded?.();
    return describe(kept, fragment, { redact, mask, alsoHidden, ...extras });
  }

  /** All findings in order, with what the service says of them. @param toldAfterAll how many a baseline hides no more. */
  async settled(
    toldAfterAll: (count: number) => void,
  ): Promise<Pick<Answers, "says" | "failed"> & { readonly findings: readonly ReportedFinding[] }> {
    const { verifier } = this.#taking;
    const { inDoubt } = this.#taking.suppressors;
    const told = inDoubt === undefined ? [] : this.#afterAll.among(this.#all, inDoubt());
    for (const { finding, secret } of told) verifier?.take(finding, secret);
    if (told.length > 0) toldAfterAll(told.length);
    const answers = await verifier?.answer(this.#all);
    return { ...answers, findings: (answers?.findings ?? this.#all).sort(inOrder) };
  }
}
