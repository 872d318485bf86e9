import { type PatrolError, toPatrolError } from "../model/errors.ts";
import type { Publication, Push } from "../model/push.ts";
import type { Head } from "../sources/source.ts";
import { handlePush, type PushReport } from "./handle-push.ts";
import type { River } from "./river.ts";

/** Most commits that a push may say it holds: the first fetch of each ref is as deep as one may be. */
const COMMITS = 2_048;

/** So many refs in a row that cannot be handled now are a sign of something that holds for all. */
const FAILURES = 3;

/**
 * A repository that was made public, as if each of its refs were pushed now, the default branch first. What stands behind
 * a ref that was gone through is not gone through again, so most of them cost little; and what was scanned while it was
 * private is looked at anew where it held something.
 *
 * @throws PatrolError as `handlePush` does, when the other refs have had their turn: the first that may pass, so that what
 * can never be read of one ref does not end the attempts at another. What was done by then is not done again.
 */
export async function handlePublication(
  publication: Publication,
  river: River,
  signal?: AbortSignal,
): Promise<PushReport> {
  const reports: PushReport[] = [];
  const errors: PatrolError[] = [];
  let inARow = 0;
  for (const head of inOrder(await river.source.heads(publication, signal), publication.defaultBranch)) {
    try {
      reports.push(await handlePush(asPush(publication, head), river, signal));
      inARow = 0;
    } catch (thrown) {
      const error = toPatrolError(thrown);
      errors.push(error);
      if (mayPass(error)) inARow += 1;
      if (inARow === FAILURES || signal?.aborted) break;
    }
  }
  const [first] = errors;
  if (first !== undefined) throw errors.find(mayPass) ?? first;
  return {
    fragments: reports.reduce((sum, report) => sum + report.fragments, 0),
    bytes: reports.reduce((sum, report) => sum + report.bytes, 0),
    skipped: reports.flatMap((report) => report.skipped),
    outcomes: reports.flatMap((report) => report.outcomes),
  };
}

const mayPass = ({ kind }: PatrolError) => kind.retry === "later";

function inOrder(heads: readonly Head[], defaultBranch: string): readonly Head[] {
  const isFirst = ({ ref }: Head) => ref === `refs/heads/${defaultBranch}`;
  return [...heads.filter(isFirst), ...heads.filter((head) => !isFirst(head))];
}

const asPush = (publication: Publication, { ref, object }: Head): Push => ({
  ...publication,
  ref,
  after: object,
  forced: false,
  commitCount: COMMITS,
});
