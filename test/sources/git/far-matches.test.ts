// What begins far before a change: a key whose last line comes in later, a URL whose host does.
import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { parseRegex } from "../../../src/engine/regex/parse.ts";
import { sample, seededRandom } from "../../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Rule } from "../../../src/model/rule.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { GitKit } from "./git-kit.ts";
import { Drawing } from "./place-kit.ts";

const builtIn = builtInRules();
const like = (id: string, pattern: string): Rule => ({
  ...(builtIn[0] as Rule),
  checksum: undefined,
  entropy: undefined,
  keywords: [],
  allowlists: [],
  id,
  name: id,
  pattern,
});
/** Rules whose matches hold nearly anything; what is asked of a match but its form is left out. */
const FAR = /^(?:private-key|private-key-ssh2|tink-cleartext-keyset)$|url-password$/;
const rules = [
  ...builtIn.filter(({ id }) => FAR.test(id)).map(({ id, pattern }) => like(id, pattern)),
  like("lines-behind", "\\bfetch\\b(?:.*|.*(?:[\\r\\n]{1,2}.*){1,5})[ \\t]--user ([a-z0-9]{8,20}:[a-z0-9]{8,20})\\b"),
  like("bytes-behind", "\\bsort: *hidden\\b(?s:.){0,300}?\\bvalue: *([a-z0-9]{16,40})\\b"),
  like("run-amid", "\\bhidden:[ .]{36}([a-f0-9]{24})[ -~]{40}!end"),
];
const rulebook = withEngine(compileRulebook(rules));

const keyOf = ({ rule, secret, provenance: { path } }: Candidate) => `${path} ${rule.id} ${secret.reveal()}`;

test("a match is found that a change completes far behind its beginning, wherever in it the change is", async () => {
  const random = seededRandom(12);
  const below = (n: number) => Math.floor(random() * n);
  const prose = Array.from({ length: 60 }, (_, i) => `line ${i} says nothing; (it is { short })\n`);
  const kit = new GitKit();
  kit.git("config", "fastimport.unpackLimit", "0");
  const drawing = new Drawing();
  const expected = new Set<string>();
  let head: string | undefined;
  const commit = (path: string, text: string) => {
    head = drawing.commit(
      `${path}-${expected.size}-${text.length}`,
      { [path]: text },
      { parents: head === undefined ? [] : [head] },
    );
    const bytes = Buffer.from(text, "latin1");
    for (const candidate of scan({ bytes, provenance: { kind: "file", path } }, rulebook))
      expected.add(keyOf(candidate));
  };
  for (const { id, pattern } of rules) {
    // Where a run of token bytes stands between, few places of the change tell.
    for (let round = 0; round < (id === "run-amid" ? 60 : 9); round++) {
      const match = sample(parseRegex(pattern, id), random);
      const at = 1 + below(match.length - 1);
      // Lines or bytes more or less, as they are written one after another.
      const gone = [match.length - at, 1 + below(3), 0][round % 3] as number;
      const more = round % 3 === 2 ? "}\n".repeat(1 + below(12)) : "";
      const [before, behind] = [prose.slice(0, 20 + below(40)).join(""), ` \n${prose.join("")}`];
      const path = `${id}-${round}.txt`;
      commit(path, `${before}${match.slice(0, at)}${more}${match.slice(at + gone)}${behind}`);
      commit(path, `${before}${match}${behind}`);
    }
  }
  drawing.write(kit, [head ?? ""]);
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
  assert.deepEqual([...new Set(candidates.map(keyOf))].sort(), [...expected].sort());
});
