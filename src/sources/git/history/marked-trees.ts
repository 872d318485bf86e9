// Which trees the walk of a whole history has to look into: those with files that rules matched in, files that are missing,
// and names that rules matched in. As a rule these are few, so that nearly all commits are passed over.
import { pathOnlyRules } from "../../../engine/path.ts";
import { lastNameOf } from "../../../engine/path-names.ts";
import type { Rulebook } from "../../../engine/rulebook.ts";
import { pathText } from "../path-text.ts";
import type { CommitList } from "../objects/commit-table.ts";
import type { ObjectPass } from "../scan/object-pass.ts";
import { LISTS } from "../core/git-lists.ts";
import type { TreeIndex } from "../trees/tree-index.ts";
import { TreeMarks } from "../trees/tree-marks.ts";

/** With more of them nearly all trees would be marked, and marking costs more than walking. */
const MOST_MISSING = 1 << 15;

export interface MarkedTrees {
  /** The commits that are to be looked at, by number: those that are not `isLikeParent`, and those that were asked for. */
  readonly commits: Int32Array;
  /** Whether one of them holds nothing that matters, or the same as its first parent at the same paths. */
  isLikeParent(commit: number): boolean;
  /** Whether the same things that matter stand at the same paths in two trees, binary. */
  isSame(newId: string, oldId: string | undefined): boolean;
  /** Whether the name matters; one character a byte. */
  isNamed(name: string): boolean;
}

/**
 * Tells which files matter by their name, whatever they hold: those that a rule for paths alone may apply to. Undefined:
 * such a rule may apply to a file with any name, so that marks would tell nothing.
 */
export function askedNames(rulebook: Rulebook): ((name: string) => boolean) | undefined {
  const asked = pathOnlyRules(rulebook).map((rule) => lastNameOf(rule));
  const patterns = asked.filter((pattern) => pattern !== undefined);
  if (patterns.length < asked.length) return undefined;
  return (name) => {
    if (patterns.length === 0) return false;
    // As rules see it: bytes that are no UTF-8 are U+FFFD.
    const text = Buffer.from(pathText(name), "utf8").toString("latin1");
    return patterns.some((pattern) => pattern.test(text));
  };
}

/** All trees that commits lead to, read and numbered, and the names that matter in them: what can be done before it is known what was found. */
export interface ReachedTrees {
  readonly index: TreeIndex;
  /** 1 for each name that matters, by number. */
  readonly named: Uint8Array;
}

/**
 * Undefined: there are too many to mark.
 *
 * @param asksName whether a file with this name matters, whatever it holds.
 */
export async function reachTrees(
  pass: ObjectPass,
  commits: CommitList,
  asksName: (name: string) => boolean,
): Promise<ReachedTrees | undefined> {
  const index = await pass.treeIndex();
  if (index.isTooLarge) return undefined;
  await index.reach(commits.trees(), pass.meter);
  const { names } = index;
  const named = new Uint8Array(names.count);
  // A copy, as a scan overwrites some bytes on both sides of a text.
  const lines = Buffer.from(names.lines());
  for (const name of pass.namesWithHits(lines, names.count, (name) => names.lineStart(name))) named[name] = 1;
  for (let name = 0; name < named.length; name++) if (named[name] === 0 && asksName(names.at(name))) named[name] = 1;
  return { index, named };
}

/**
 * Undefined: there is too much to mark.
 *
 * @param commits those that the trees were reached from.
 * @param said commits to look at anyhow.
 */
export function markTrees(
  pass: ObjectPass,
  commits: CommitList,
  { index, named }: ReachedTrees,
  said: Iterable<number>,
): MarkedTrees | undefined {
  const { names, numbers } = index;
  const numberOf = (id: string) => numbers.of(Buffer.from(id, "latin1"), 0);
  const wanted = new Set<number>();
  for (const number of index.strayFiles) {
    if (!pass.store.has(Buffer.from(numbers.idOf(number), "latin1"))) wanted.add(number);
  }
  if (wanted.size > MOST_MISSING) return undefined;
  for (const id of pass.hits.keys()) wanted.add(numbers.of(Buffer.from(id, "hex"), 0));
  const objects = new Uint8Array(numbers.count);
  for (const number of wanted) objects[number] = 1;

  const texts = new Set<string>();
  for (let name = named.indexOf(1); name >= 0; name = named.indexOf(1, name + 1)) texts.add(names.at(name));
  const marks = new TreeMarks(index, { objects, names: named }, pass.asked);
  const { lists } = index;
  const { git } = lists;
  for (const list of [LISTS.said, LISTS.place, LISTS.found]) git.clear(list, 0);
  for (const commit of said) git.setItem(LISTS.said, commit, 1);
  git.markCommits(lists.put("commits", commits.numbers), commits.length);
  return {
    commits: lists.slice(LISTS.found),
    isLikeParent: (commit) => git.isLikeParent(commit) !== 0,
    isSame: (newId, oldId) => marks.of(numberOf(newId)) === (oldId === undefined ? 0 : marks.of(numberOf(oldId))),
    isNamed: (name) => texts.has(name),
  };
}
