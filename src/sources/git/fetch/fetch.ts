import { PatrolError } from "../../../model/errors.ts";
import type { Fragment, FragmentKind, Provenance } from "../../../model/fragment.ts";
import type { Publication, Push } from "../../../model/push.ts";
import type { Secret } from "../../../model/secret.ts";
import type { FragmentsOptions, Head, PushSource } from "../../source.ts";
import { ContentReader } from "./content.ts";
import { listRefs } from "./list-refs.ts";
import { GitFailure, type GitReason } from "./process.ts";
import { type RangeOptions, fetchTips, newCommits } from "./range.ts";
import { DEFAULT_LIMITS, type FetchLimits, PartialRepository } from "./repository.ts";

export interface GitPushSourceOptions {
  /** Where a repository is fetched from, built of configuration and the checked `owner/name` only. */
  readonly cloneUrl: (repository: string) => string;
  /** A token that may read the repository; undefined to ask without one. */
  readonly tokenFor?: (told: Push | Publication) => Promise<Secret | undefined>;
  readonly limits?: Partial<FetchLimits>;
  /** Where temporary repositories are made; the system's folder when left out. */
  readonly temporaryFolder?: string;
}

const OBJECT_ID = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** Reads the objects of a push from a git server over HTTP, into a temporary repository that is removed afterwards. */
export function createGitPushSource(options: GitPushSourceOptions): PushSource {
  return {
    heads: async (publication, signal) => await heads(publication, options, signal),
    fragments: (push, wanted) => fragments(push, wanted, options),
  };
}

async function heads(publication: Publication, options: GitPushSourceOptions, signal?: AbortSignal): Promise<Head[]> {
  const remote = { token: await options.tokenFor?.(publication), url: options.cloneUrl(publication.repository) };
  const { fetchMs } = { ...DEFAULT_LIMITS, ...options.limits };
  try {
    return await listRefs(remote, { limitMs: fetchMs, below: options.temporaryFolder, signal });
  } catch (error) {
    throw error instanceof GitFailure ? patrolError(error, publication) : error;
  }
}

async function* fragments(
  push: Push,
  wanted: FragmentsOptions,
  options: GitPushSourceOptions,
): AsyncGenerator<Fragment> {
  const heads = [push.before, push.after].filter((id) => id !== undefined);
  for (const id of heads)
    if (!OBJECT_ID.test(id)) throw new PatrolError("payload-invalid", "the push names a head that is no object id");
  const about = (kind: FragmentKind, more: Partial<Provenance> = {}): Provenance => ({
    kind,
    repository: push.repository,
    repositoryId: push.repositoryId,
    exposure: push.exposure,
    ref: push.ref,
    ...more,
  });
  yield { bytes: Buffer.from(push.ref), provenance: about("ref", { commit: push.after ?? push.before }) };

  const scanned = await wanted.scannedHeads(heads);
  if (heads.every((id) => scanned.has(id))) return;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const remote = { token: await options.tokenFor?.(push), url: options.cloneUrl(push.repository) };
  const range: RangeOptions = {
    before: push.before,
    after: push.after,
    forced: push.forced,
    commitCount: Math.max(0, Math.min(push.commitCount, 2048)),
    isScanned: (id) => scanned.has(id),
    scannedHeads: wanted.scannedHeads,
    skipped: (what, why) => wanted.skipped({ what, why }),
  };
  let repository: PartialRepository | undefined;
  try {
    repository = await PartialRepository.create(remote, {
      idLength: heads[0]!.length,
      limits,
      below: options.temporaryFolder,
      signal: wanted.signal,
    });
    const tips = await fetchTips(repository, range);
    const content = new ContentReader(repository, wanted, about, limits);
    // A commit is read with the range; on the way to it from a tag, or instead of it, there is more.
    for (const tip of [tips.after, tips.before])
      if (tip !== undefined && !scanned.has(tip) && tips.named.get(tip)?.type !== "commit") yield* content.ofTip(tip);
    const batches = newCommits(repository, tips, range);
    let batch = await batches.next();
    for (; batch.done !== true; batch = await batches.next()) yield* content.ofCommits(batch.value);
    if (batch.value !== undefined && !content.hasGaps) wanted.reached([...content.tags, ...batch.value]);
  } catch (error) {
    throw error instanceof GitFailure ? patrolError(error, push) : error;
  } finally {
    await repository?.remove();
  }
}

const BECAUSE: Record<Exclude<GitReason, "gone">, string> = {
  "object-missing": "the server does not have the pushed head",
  unreachable: "the server could not be reached",
  "server-error": "the server answered with an error",
  moved: "the server sends git elsewhere",
  "time-limit": "it took longer than the time limit for fetching",
  "disk-limit": "it took more than the disk limit for fetching",
  stopped: "it was stopped",
  "git-missing": "there is no `git` on this machine: install it",
  unknown: "git failed",
};

/** Names the repository by number: its name was chosen by a stranger. */
function patrolError(failure: GitFailure, push: Push | Publication): PatrolError {
  const status = failure.status === undefined ? "" : ` (HTTP ${failure.status})`;
  if (failure.reason === "gone")
    return new PatrolError(
      "repository-gone",
      `repository ${push.repositoryId} is not given out${status}: it was removed, renamed or made private, or Patrol has no access to it`,
    );
  return new PatrolError(
    "fetch-failed",
    `could not fetch from repository ${push.repositoryId}: ${BECAUSE[failure.reason]}${status}`,
  );
}
