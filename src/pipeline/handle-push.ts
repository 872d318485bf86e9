import { policyOf } from "../db/policies.ts";
import { givenUp } from "../engine/rulebook.ts";
import { scan } from "../engine/scan.ts";
import { PatrolError } from "../model/errors.ts";
import type { Finding } from "../model/finding.ts";
import type { Fragment } from "../model/fragment.ts";
import type { Outcome } from "../model/leak.ts";
import { DEFAULT_POLICY, type Policy } from "../model/policy.ts";
import type { Push } from "../model/push.ts";
import { decide } from "../policy/decide.ts";
import type { FragmentsOptions, Skipped } from "../sources/source.ts";
import { PushLedger } from "./push-ledger.ts";
import { respond } from "./respond.ts";
import type { River, RiverEvent } from "./river.ts";
import { storable } from "./storable.ts";
import { verify } from "./verify.ts";

/** What became of a push. Its texts are masked. */
export interface PushReport {
  readonly fragments: number;
  readonly bytes: number;
  readonly skipped: readonly Skipped[];
  readonly outcomes: readonly Outcome[];
}

/**
 * One push, start to finish. Each verb is one arrow of the README.
 *
 * @throws PatrolError that comes back later: the source's own, `database-unavailable`, and `token-store-unavailable`
 * when some candidate could not be verified; then all else of the push is done already.
 */
export async function handlePush(push: Push, river: River, signal?: AbortSignal): Promise<PushReport> {
  const ledger = new PushLedger(river.ledger);
  const skipped: Skipped[] = [];
  const outcomes: Outcome[] = [];
  let [fragments, bytes] = [0, 0];
  const tell = (step: RiverEvent["step"], more: Partial<RiverEvent> = {}) =>
    river.observe?.({ step, at: river.now(), deliveryId: push.deliveryId, ...more });

  let isFetched = false;
  let reached: readonly string[] = [];
  const options: FragmentsOptions = {
    alreadyClean: ledger.alreadyClean,
    scannedHeads: (heads) => river.ledger.scannedHeads(push, heads),
    reached: (heads) => void (reached = heads),
    // What was skipped is named by paths, and a path may hold a token.
    skipped: ({ what, why }) => void skipped.push({ what: storable(what, river.rulebook), why }),
    signal,
  };
  const handle = async (fragment: Fragment) => {
    // The ref's name is known before anything is fetched.
    if (!isFetched && fragment.provenance.kind !== "ref") tell("fetched");
    isFetched ||= fragment.provenance.kind !== "ref";
    fragments += 1;
    bytes += fragment.bytes.length;
    const candidates = scan(fragment, river.rulebook);
    const exceeded = river.rulebook.engine?.takeExceeded?.() ?? [];
    if (exceeded.length > 0) {
      const { path, kind } = fragment.provenance;
      options.skipped({ what: path ?? kind, why: givenUp(exceeded.map(({ id }) => id)) });
    }
    if (candidates.length > 0) tell("scanned", { count: candidates.length });
    for (const finding of await verify(candidates, river)) {
      tell("verified");
      const policy = await policyFor(finding, river);
      const disposition = decide(finding, policy, river.now());
      tell("decided", { clause: disposition.clause });
      const outcome = await respond(finding, disposition, river, { policy, deliveryId: push.deliveryId });
      if (outcome.kind === "recorded")
        tell(outcome.revokedNow ? "revoked" : "recorded", { tokenId: outcome.tokenId, incidentId: outcome.incidentId });
      outcomes.push(outcome);
    }
    await ledger.note(fragment, candidates.length > 0 || exceeded.length > 0);
  };
  try {
    for await (const fragment of river.source.fragments(push, options)) await handle(fragment);
  } catch (error) {
    // What was scanned by then is not fetched again: else a push that takes longer than it may would never be done.
    await ledger.flush().catch(() => {});
    throw error;
  } finally {
    river.rulebook.engine?.release?.();
  }
  await ledger.flush();

  const deferred = outcomes.filter((outcome) => outcome.kind === "deferred").length;
  if (deferred > 0)
    throw new PatrolError(
      "token-store-unavailable",
      `The token store could not be asked about ${deferred} of ${outcomes.length} candidates; the push comes back.`,
    );
  await river.ledger.recordHeads(push, reached);
  return { fragments, bytes, skipped, outcomes };
}

/** The policy of the organization whose token it is; for a token of nobody's, any will do. */
async function policyFor({ verdict }: Finding, river: River): Promise<Policy> {
  if (verdict.kind === "active" || verdict.kind === "inactive")
    return await policyOf(river.db, verdict.token.organizationId);
  return { organizationId: "", ...DEFAULT_POLICY, version: 0 };
}
