import { PatrolError, toPatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import { open, type ReportedFinding, type Verified } from "../../report/row.ts";
import { isWellFormed, sha256Of } from "../../tokens/format.ts";
import { askService, type PatrolService, serviceHere } from "../patrol-service.ts";

/** What the service takes in one request. */
const MOST_DIGESTS = 1_000;
const ANSWER_MS = 10_000;
const WORDS: readonly string[] = ["active", "revoked", "expired", "unknown"] satisfies Verified[];

export interface Answers {
  readonly findings: ReportedFinding[];
  /** A sentence for people: who was asked about how much. Left out when nothing was found. */
  readonly says?: string;
  /** Why there is no answer about some that were to be asked about. */
  readonly failed?: string;
}

/** Asks the service what has become of tokens that were found (`--verify`). */
export class Verifier {
  readonly #service: PatrolService;
  readonly #prefix: string;
  /** SHA-256 in hex of what the service may have issued. */
  readonly #digests = new Map<ReportedFinding, string>();

  private constructor(service: PatrolService, prefix: string) {
    this.#service = service;
    this.#prefix = prefix;
  }

  /** @throws PatrolError `setting-invalid` when no service is named, or by the scanned repository only. */
  static open(env: Readonly<Record<string, string | undefined>>): Verifier {
    const service = serviceHere(env);
    if (service === undefined)
      throw new PatrolError(
        "setting-invalid",
        "--verify asks a service of Patrol's: name it in PATROL_SERVICE_URL, or by git config --global patrol.service",
      );
    return new Verifier(service, env["PATROL_TOKEN_PREFIX"] || "patrol_");
  }

  /**
   * Keeps the digest of what has the form and the checksum of the service's tokens, and of nothing else: other secrets may
   * be short enough to be guessed from a digest, and are none of its business.
   */
  take(finding: ReportedFinding, secret: Secret): void {
    if (isWellFormed(secret, this.#prefix)) this.#digests.set(finding, sha256Of(secret).toString("hex"));
  }

  /** All findings, those that count with the answers. Never throws: what has no answer is `unverified`. */
  async answer(all: readonly ReportedFinding[]): Promise<Answers> {
    const findings = open(all);
    const wanted = findings.filter((finding) => this.#digests.has(finding));
    const digests = [...new Set(wanted.map((finding) => this.#digests.get(finding) ?? ""))];
    const known = new Map<string, Verified>();
    let failed: string | undefined;
    try {
      for (let at = 0; at < digests.length; at += MOST_DIGESTS) {
        const part = digests.slice(at, at + MOST_DIGESTS);
        const verdicts = await this.#ask(part);
        part.forEach((digest, index) => known.set(digest, verdicts[index] ?? "unverified"));
      }
    } catch (error) {
      const missing = wanted.filter((finding) => !known.has(this.#digests.get(finding) ?? "")).length;
      failed = `${missing} of ${findings.length} findings: ${toPatrolError(error).message}`;
    }
    const verified = (finding: ReportedFinding) => known.get(this.#digests.get(finding) ?? "") ?? "unverified";
    const { origin } = this.#service.url;
    const others = findings.length - wanted.length;
    const rest = others === 0 ? "" : `; ${others} more have not the form of its tokens (${this.#prefix}...)`;
    const says =
      wanted.length === 0
        ? `${origin} was not asked: nothing found has the form of its tokens (${this.#prefix}...)`
        : `asked ${origin} about ${wanted.length} of the findings${rest}`;
    return {
      findings: all.map((finding) =>
        finding.suppression ? finding : { ...finding, row: { ...finding.row, Verified: verified(finding) } },
      ),
      ...(findings.length > 0 && { says }),
      ...(failed !== undefined && { failed }),
    };
  }

  async #ask(sha256: readonly string[]): Promise<readonly Verified[]> {
    const answer = await askService(this.#service, "tokens/verify", { sha256 }, ANSWER_MS);
    const { verdicts } = (answer ?? {}) as { verdicts?: unknown };
    if (
      !Array.isArray(verdicts) ||
      verdicts.length !== sha256.length ||
      !verdicts.every((verdict) => WORDS.includes(verdict as string))
    )
      throw new PatrolError(
        "service-unreachable",
        `the service at ${this.#service.url.origin} gave an answer that cannot be read`,
      );
    return verdicts as Verified[];
  }
}
