import { GitFailure } from "./process.ts";
import { type PartialRepository, WHOLE_HISTORY } from "./repository.ts";

export interface RangeOptions {
  /** Object ids as the push named them; either may be an annotated tag. */
  readonly before?: string;
  readonly after?: string;
  readonly forced: boolean;
  /** How many commits the push is said to hold. */
  readonly commitCount: number;
  readonly isScanned: (id: string) => boolean;
  readonly scannedHeads: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  readonly skipped: (what: string, why: string) => void;
}

/** A few commits more than the payload lists: enough to meet the place where most merged branches began. */
const DEPTH_MARGIN = 24;
const DEPTH_FACTOR = 8;
const DEPTH_MOST = 20_000;
const LEDGER_BATCH = 5_000;
/** How many commits of a finished range are remembered as scanned: where later branches are likely to begin. */
const REACHED_MOST = 5_000;

/** The heads of a push that the server still has, with the commits next to them. */
export interface Tips {
  readonly after?: string;
  readonly before?: string;
  readonly depth: number;
  readonly named: ReadonlyMap<string, Named>;
}

/** What an object id stands for. */
export interface Named {
  /** Undefined when the object is not here. */
  readonly type: string | undefined;
  /** Hex id of the commit that it leads to, itself or by way of tags. */
  readonly commit: string | undefined;
}

/** First request of a push. A lost `before` makes the range wider, a lost `after` is a failure. */
export async function fetchTips(repository: PartialRepository, options: RangeOptions): Promise<Tips> {
  const heads = await fetchHeads(repository, options);
  const ids = [heads.after, heads.before].filter((id) => id !== undefined);
  const missing = ids.filter((id) => !heads.named?.has(id) || heads.named.get(id)?.commit === undefined);
  return { ...heads, named: new Map([...(heads.named ?? []), ...(await nameOf(repository, missing))]) };
}

async function fetchHeads(
  repository: PartialRepository,
  options: RangeOptions,
): Promise<Omit<Tips, "named"> & Partial<Pick<Tips, "named">>> {
  const { before, after } = options;
  const depth = options.commitCount + DEPTH_MARGIN;
  if (after === undefined) return { ...(await tryFetch(repository, before, depth, options)), depth };
  if (before === undefined || !options.forced) {
    await repository.fetchHistory([after], depth);
    if (before === undefined) return { after, depth };
    // An ordinary push grew out of `before`, so it has come along; if not, the margin was too small.
    const named = await nameOf(repository, [after, before]);
    if (named.get(before)?.commit !== undefined) return { after, before, depth, named };
    return { after, ...(await tryFetch(repository, before, depth, options)), depth, named };
  }
  try {
    await repository.fetchHistory([after, before], depth);
    return { after, before, depth };
  } catch (error) {
    if (!(error instanceof GitFailure && error.reason === "object-missing")) throw error;
    await repository.fetchHistory([after], depth);
    return { after, ...(await tryFetch(repository, before, depth, options)), depth };
  }
}

async function tryFetch(
  repository: PartialRepository,
  before: string | undefined,
  depth: number,
  options: RangeOptions,
): Promise<{ before?: string }> {
  if (before === undefined) return {};
  try {
    await repository.fetchHistory([before], depth);
    return { before };
  } catch (error) {
    if (!(error instanceof GitFailure && error.reason === "object-missing")) throw error;
    if (!options.isScanned(before) && (options.forced || options.after === undefined))
      options.skipped(`commit ${before}`, "the server no longer has the head that this push replaced");
    return {};
  }
}

/** What each of a few ids stands for, asked of one process: starting git costs more than the answer. */
async function nameOf(repository: PartialRepository, ids: readonly string[]): Promise<Map<string, Named>> {
  if (ids.length === 0) return new Map();
  const questions = ids.flatMap((id) => [`${id}\n`, `${id}^{commit}\n`]);
  const answers = (await repository.run(["cat-file", "--batch-check"], questions)).toString("latin1").split("\n");
  return new Map(
    ids.map((id, index) => {
      const [, type] = /^[0-9a-f]+ (\w+) \d+$/.exec(answers[2 * index] ?? "") ?? [];
      const [, commit] = /^([0-9a-f]+) commit \d+$/.exec(answers[2 * index + 1] ?? "") ?? [];
      return [id, { type, commit }];
    }),
  );
}

/**
 * The commits that a push made reachable, in batches, each oldest first. Left out is only what stood behind the other
 * head, and what the ledger knows. History is fetched deeper until it meets either, or its beginning.
 *
 * Returns the newest commits that have now been given out with everything behind them; undefined when something behind
 * was left out unscanned.
 */
export async function* newCommits(
  repository: PartialRepository,
  tips: Tips,
  options: RangeOptions,
): AsyncGenerator<string[], string[] | undefined> {
  const heads = {
    after: tips.after && tips.named.get(tips.after)?.commit,
    before: tips.before && tips.named.get(tips.before)?.commit,
  };
  const isOpen = (id: string | undefined, head: string | undefined) =>
    id !== undefined && head !== undefined && !options.isScanned(id);
  const [afterIsOpen, beforeIsOpen] = [isOpen(tips.after, heads.after), isOpen(tips.before, heads.before)];
  const revisions =
    afterIsOpen && beforeIsOpen
      ? [`${heads.after}...${heads.before}`]
      : [heads.after, heads.before].flatMap((head, index) =>
          head === undefined ? [] : [`${(index === 0 ? afterIsOpen : beforeIsOpen) ? "" : "^"}${head}`],
        );
  if (!afterIsOpen && !beforeIsOpen) return [];
  const hasOtherSide = heads.after !== undefined && heads.before !== undefined;
  const wants = [tips.after, tips.before].filter((id) => id !== undefined);

  const done = new Set<string>();
  for (let depth = tips.depth; ;) {
    const listed = await list(repository, revisions, options);
    const found = listed.map(([commit]) => commit!);
    const cut = await repository.shallow();
    const whole = found.filter((commit) => !cut.has(commit));
    // A root may stand behind the other head too, out of sight as long as that one's history is cut.
    const mayBeOld =
      hasOtherSide && cut.size > 0 && listed.some(([id, parent]) => parent === undefined && !cut.has(id!));
    const isClosed = whole.length === found.length && !mayBeOld;
    // With nothing to subtract, what is here is new for certain, so it need not wait for what is behind it.
    if (isClosed || !hasOtherSide) yield* remember(whole, done);
    if (isClosed) return afterIsOpen && beforeIsOpen ? undefined : found.slice(-REACHED_MOST);
    depth = depth >= DEPTH_MOST ? WHOLE_HISTORY : depth * DEPTH_FACTOR;
    try {
      await repository.fetchHistory(wants, depth);
    } catch (error) {
      if (!(error instanceof GitFailure && ["time-limit", "disk-limit"].includes(error.reason))) throw error;
      yield* remember(whole, done);
      options.skipped(`history behind ${found.length} commits`, `fetching it reached the ${error.reason}`);
      return undefined;
    }
  }
}

function* remember(commits: readonly string[], done: Set<string>): Generator<string[]> {
  const fresh = commits.filter((commit) => !done.has(commit));
  for (const commit of fresh) done.add(commit);
  if (fresh.length > 0) yield fresh;
}

/** Each commit with its parents; oldest first: a commit stands behind its parents. */
async function list(
  repository: PartialRepository,
  revisions: readonly string[],
  options: RangeOptions,
): Promise<string[][]> {
  const run = async (extra: readonly string[]) => {
    const input = [...revisions, ...extra].map((revision) => `${revision}\n`);
    const lines = await repository.run(["rev-list", "--stdin", "--topo-order", "--reverse", "--parents"], input);
    return lines
      .toString("latin1")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split(" "));
  };
  const found = await run([]);
  const scanned: string[] = [];
  for (let at = 0; at < found.length; at += LEDGER_BATCH)
    scanned.push(...(await options.scannedHeads(found.slice(at, at + LEDGER_BATCH).map(([commit]) => commit!))));
  return scanned.length === 0 ? found : await run(scanned.map((id) => `^${id}`));
}
