// What people chose in the header of a commit or tag is told of a push as of a history, wherever a rule has a text begin or end.
import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import { GitHubStandIn } from "../../../src/github-stand-in/stand-in.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { fetchPush, pushOf } from "../../support/fetched.ts";
import { ruleOf } from "../../support/rule-of.ts";
import { startedRepository } from "../../support/started-repository.ts";

let standIn: GitHubStandIn;

beforeAll(async () => {
  standIn = await GitHubStandIn.start();
});

afterAll(() => standIn.close());

const PEOPLE = "C tok-000004 <tok-000005@x.example>";

/** Which of the tokens below each pattern finds. */
const FOUND = {
  "(tok-[0-9]{6})$": [1, 7, 8, 9],
  "^(tok-[0-9]{6})": [2, 9],
  "^odd (tok-[0-9]{6})$": [1],
  "(?m)^ ?(tok-[0-9]{6})$": [7, 9],
  "(tok-[0-9]{6})(?:[^\\w-]|$)": [1, 2, 3, 4, 5, 6, 7, 8, 9],
  "(tok-[0-9]{6})@x\\.example>$": [],
};

test.each([
  ["in loose objects", Object.entries(FOUND)],
  ["in a pack", Object.entries(FOUND)],
  ["in a pack, where rules ask for a text's end alone", [Object.entries(FOUND)[0]!]],
])("rules find the same in the header of a commit or tag of a history and of a push, %s", async (place, found) => {
  const rulebook = withEngine(
    compileRulebook(found.map(([pattern]) => ruleOf(pattern, { id: pattern, secretGroup: 1 }))),
  );
  const { copy } = await startedRepository(standIn);
  const make = async (type: string, lines: readonly string[]) =>
    String(
      await copy.run(["hash-object", "-t", type, "-w", "--stdin", "--literally"], { input: lines.join("\n") }),
    ).trim();
  const [tree, head] = [await copy.git("rev-parse", "HEAD^{tree}"), await copy.head()];
  const commit = await make("commit", [
    `tree ${tree}`,
    `parent ${head}`,
    `author tok-000002 <tok-000003@x.example> 1700000000 +0000`,
    `committer ${PEOPLE} 1700000000 +0000`,
    "odd tok-000001",
    "mergetag has tok-000006",
    " tok-000007",
    "",
    "a message",
  ]);
  const tag = await make("tag", [
    `object ${commit}`,
    "type commit",
    "tag tok-000008",
    `tagger ${PEOPLE} 1700000000 +0000`,
    "",
    "tok-000009",
  ]);
  await copy.git("update-ref", "refs/tags/v1", tag);
  const [push] = await copy.push(`${tag}:refs/tags/v1`);
  const { fragments } = await fetchPush(standIn, pushOf(push!));
  const shown = (candidates: readonly Candidate[]) =>
    [...new Set(candidates.map(({ rule, secret }) => `${rule.id} ${secret.reveal()}`))].sort();
  const ofPush = shown(fragments.flatMap((fragment) => scan(fragment, rulebook)));
  if (place !== "in loose objects") await copy.run(["repack", "-adq"]);
  const { candidates } = await scanHistory({ gitDir: copy.folder, rulebook });
  const expected = found.flatMap(([pattern, numbers]) => numbers.map((number) => `${pattern} tok-00000${number}`));
  assert.deepEqual(shown(candidates), expected.sort());
  assert.deepEqual(ofPush, expected);
});
