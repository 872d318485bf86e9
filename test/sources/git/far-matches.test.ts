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

/** What rules begin with, and what completes it within some lines. */
const HALVES = [
  ["fetch this", " --user ada:password"],
  ["sort: hidden", "value: 0123456789abcdef"],
  ["-----BEGIN KEY-----", "-----END KEY-----"],
  ["my.secret is", "pass=123456"],
] as const;
const halves = withEngine(
  compileRulebook([
    like("lines", "\\bfetch\\b(?:.*|.*(?:[\\r\\n]{1,2}.*){1,5})[ \\t]--user ([a-z]{3,20}:[a-z]{3,20})\\b"),
    like("bytes", "\\bsort: *hidden\\b(?s:.){0,300}?\\bvalue: *([a-z0-9]{16,40})\\b"),
    like("key", "-----BEGIN KEY-----([\\s\\S]{20,400}?)-----END KEY-----"),
    like("range", "[a-z.-]{0,12}?secret\\b[^!]{0,200}?pass=([0-9]{6})\\b"),
  ]),
);

test("what begins in a file is kept in mind in all that is made of it, until a change far behind completes it", async () => {
  const random = seededRandom(3);
  const below = (n: number) => Math.floor(random() * n);
  const line = () => Array.from({ length: 1 + below(12) }, () => `w${below(999)}`).join(" ");
  const begun = () => (below(12) === 0 ? `${line()} ${HALVES[below(4)]?.[0]} ${line()}` : line());
  const lines = Array.from({ length: 150 }, begun);
  const change = (at: number) =>
    [
      () => lines.splice(at, 0, begun(), begun()),
      () => lines.splice(at, 2, begun()),
      () => lines.splice(below(lines.length), 0, ...lines.splice(at, 12)),
      () => lines.splice(at, 0, ...lines.slice(0, 6)).splice(-6),
      () => (lines[at] = `${line()} ${lines[at]?.slice(below(8))}`),
    ][below(5)]?.();
  const complete = (): string => {
    const places = lines.flatMap((text, i) =>
      HALVES.flatMap(([head, tail]) => (text.includes(head) ? [[i, tail] as const] : [])),
    );
    const [i, tail] = places[below(places.length)] ?? [0, ""];
    return lines.with(Math.min(i + below(7), lines.length - 1), below(2) === 0 ? `${line()} ${tail}` : tail).join("\n");
  };
  const versions = Array.from({ length: 240 }, (_, n) => {
    for (let changes = 1 + below(3); changes > 0; changes--) change(below(lines.length));
    return n % 4 === 3 ? complete() : lines.join("\n");
  });
  const kit = new GitKit();
  kit.git("config", "fastimport.unpackLimit", "0");
  // A second pack begins with the same lines, which the scan has seen by then.
  const files = ["", "\nend"].map((end, pack) =>
    Object.fromEntries(versions.map((text, n) => [`${pack}/${n}.txt`, text + end])),
  );
  for (const [pack, texts] of files.entries()) {
    const drawing = new Drawing();
    drawing.write(kit, [drawing.commit(`pack-${pack}`, texts)]);
  }
  const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook: halves });
  const expected = files.flatMap((texts) =>
    Object.entries(texts).flatMap(([path, text]) =>
      scan({ bytes: Buffer.from(text), provenance: { kind: "file", path } }, halves),
    ),
  );
  assert.ok(expected.length > 50);
  assert.deepEqual(candidates.map(keyOf).sort(), expected.map(keyOf).sort());
});
