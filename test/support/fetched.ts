import type { Fragment, FragmentKind } from "../../src/model/fragment.ts";
import type { Push } from "../../src/model/push.ts";
import type { StandInPush } from "../../src/github-stand-in/push-payload.ts";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import { type GitPushSourceOptions, createGitPushSource } from "../../src/sources/git/fetch/fetch.ts";
import { cloneUrl } from "../../src/sources/github/clone-url.ts";
import type { Skipped } from "../../src/sources/source.ts";

/** What the webhook edge makes of a push event. */
export function pushOf(push: StandInPush): Push {
  const { payload, guid } = push.delivery!;
  const id = (text: string) => (/^0+$/.test(text) ? undefined : text);
  return {
    deliveryId: guid,
    repositoryId: payload.repository.id,
    repository: payload.repository.full_name,
    exposure: payload.repository.visibility,
    defaultBranch: payload.repository.default_branch,
    ref: payload.ref,
    before: id(payload.before),
    after: id(payload.after),
    forced: payload.forced,
    commitCount: payload.commits.length,
    installationId: payload.installation?.id,
    receivedAt: new Date(),
  };
}

/** A ledger in memory, kept as the pipeline keeps the real one: told of everything once a push is done. */
export class MemoryLedger {
  readonly clean = new Set<string>();
  readonly heads = new Set<string>();
}

export interface Fetched {
  readonly fragments: Fragment[];
  readonly skipped: Skipped[];
  readonly reached: string[];
}

/** Handles a push to its end. Fragments in which `isDirty` sees something are not told to the ledger as clean. */
export async function fetchPush(
  standIn: GitHubStandIn,
  push: Push,
  options: { ledger?: MemoryLedger; isDirty?: (fragment: Fragment) => boolean } & Partial<GitPushSourceOptions> = {},
): Promise<Fetched> {
  const ledger = options.ledger ?? new MemoryLedger();
  const source = createGitPushSource({ cloneUrl: (name) => cloneUrl(standIn.url, name), ...options });
  const fetched: Fetched = { fragments: [], skipped: [], reached: [] };
  const among = (ids: readonly string[], set: ReadonlySet<string>) => new Set(ids.filter((id) => set.has(id)));
  for await (const fragment of source.fragments(push, {
    alreadyClean: async (ids) => among(ids, ledger.clean),
    scannedHeads: async (ids) => among(ids, ledger.heads),
    reached: (heads) => fetched.reached.push(...heads),
    skipped: (item) => fetched.skipped.push(item),
  }))
    fetched.fragments.push(fragment);
  for (const fragment of fetched.fragments)
    if (fragment.provenance.object !== undefined && options.isDirty?.(fragment) !== true)
      ledger.clean.add(fragment.provenance.object);
  for (const head of fetched.reached) ledger.heads.add(head);
  return fetched;
}

/** The fragments that hold `marker`. */
export function holding(fetched: Fetched, marker: string, kind?: FragmentKind): Fragment[] {
  return fetched.fragments.filter(
    (fragment) =>
      Buffer.from(fragment.bytes).includes(marker) && (kind === undefined || fragment.provenance.kind === kind),
  );
}
