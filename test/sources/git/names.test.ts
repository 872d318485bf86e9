// A name of a file, folder or ref is a text of its own: where it begins and ends, a text does.
import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook, type Rulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { ruleOf } from "../../support/rule-of.ts";
import { GitKit } from "./git-kit.ts";

const PATTERNS = [
  "^(tok-[0-9]{6})",
  "(tok-[0-9]{6})$",
  "^(tok-[0-9]{6})$",
  "\\A(tok-[0-9]{6})\\z",
  "(?m)^(tok-[0-9]{6})$",
  "(?:^|[./])(tok-[0-9]{6})(?:\\.|$)",
  "\\b(tok-[0-9]{6})(?:[^\\w-]|\\z)",
];

const shown = ({ rule, secret, span, provenance: { path, ref } }: Candidate) =>
  `${rule.id}: ${path ?? ref} ${span.startColumn}-${span.endColumn} ${secret.reveal()}`;

const inHistory = async ({ dir }: GitKit, rulebook: Rulebook) =>
  (await scanHistory({ gitDir: dir, rulebook })).candidates.map(shown).sort();

describe("a rule that asks where a text begins or ends", () => {
  const rulebook = withEngine(
    compileRulebook(PATTERNS.map((pattern) => ruleOf(pattern, { id: pattern, secretGroup: 1 }))),
  );

  test("finds in names of files, folders and refs what it finds in the name alone or in the whole path", async () => {
    const kit = new GitKit();
    const paths = [
      "tok-000001",
      "a/tok-000002",
      "a/tok-000003/b.txt",
      "a/x-tok-000004",
      "a/tok-000005.env",
      "zz",
      "a/tok-000006 x",
    ];
    kit.commit(Object.fromEntries(paths.map((path) => [path, `of ${path.length}\n`])));
    kit.git("tag", "tok-000007");
    kit.git("branch", "by/tok-000008");
    kit.git("branch", "by/x-tok-000009-y");
    const refs = kit.git("for-each-ref", "--format=%(refname)").split("\n");
    const expected = [
      ...["a", ...paths.map((path) => path.replace(/\/b\.txt$/, ""))].map((path) => ({ kind: "path", path }) as const),
      ...refs.map((ref) => ({ kind: "ref", ref }) as const),
    ].flatMap((provenance) => {
      const whole = "path" in provenance ? provenance.path : provenance.ref;
      return scan({ bytes: Buffer.from(whole), provenance }, rulebook).map(shown);
    });
    for (const [pattern, tokens] of [
      ["^(tok-[0-9]{6})$", [1, 2, 3, 7, 8]],
      ["^(tok-[0-9]{6})", [1, 2, 3, 5, 6, 7, 8]],
      ["(tok-[0-9]{6})$", [1, 2, 3, 4, 7, 8]],
    ] as const) {
      const found = expected.filter((line) => line.startsWith(`${pattern}: `)).map((line) => Number(line.slice(-6)));
      assert.deepEqual(found.sort(), tokens, pattern);
    }
    assert.deepEqual(await inHistory(kit, rulebook), expected.sort());
  });

  test("has its keyword in any name of the path", async () => {
    const rules = [ruleOf("(tok-[0-9]{6})$", { secretGroup: 1, keywords: ["zebra"] })];
    const rulebook = withEngine(compileRulebook(rules));
    const kit = new GitKit();
    kit.commit({ "Zebra/atok-000001": "x", "a/atok-000002": "y" });
    assert.deepEqual(await inHistory(kit, rulebook), ["demo: Zebra/atok-000001 8-17 tok-000001"]);
  });

  test("is found encoded in a name, whatever stands before its slash", async () => {
    const kit = new GitKit();
    const name = Buffer.from(" tok-000000000001 is in here ").toString("base64");
    const folders = ["a", "ab", "abc", "abcd"];
    const rulebook = withEngine(compileRulebook([ruleOf("(tok-[0-9]{12})", { secretGroup: 1 })]));
    for (const folder of folders) {
      const path = `${folder}/${name}`;
      kit.commit({ [path]: folder });
      const found = scan({ bytes: Buffer.from(path), provenance: { kind: "path", path } }, rulebook);
      assert.deepEqual([...new Set(found.map(({ secret }) => secret.reveal()))], ["tok-000000000001"], path);
    }
    const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
    assert.deepEqual([...new Set(candidates.map(({ provenance: { path } }) => path))], [`a/${name}`]);
  });

  test("is told of a folder once, though rules require one another", async () => {
    const rules = [
      ruleOf("(tok-[0-9]{6})", { id: "tok", secretGroup: 1 }),
      ruleOf("(word-[0-9]{6})", { id: "word", required: [{ id: "tok" }] }),
    ];
    const kit = new GitKit();
    kit.commit({ "tok-000001/tok-000002": "x", "tok-000001/word-000003": "y" });
    assert.deepEqual(await inHistory(kit, withEngine(compileRulebook(rules))), [
      "tok: tok-000001 1-10 tok-000001",
      "tok: tok-000001/tok-000002 12-21 tok-000002",
      "word: tok-000001/word-000003 12-22 word-000003",
    ]);
  });

  test("tells the place of a name in its path, and none of it twice", () => {
    const [found, ...others] = scan(
      { bytes: Buffer.from("ab/cd/tok-000001"), provenance: { kind: "path", path: "ab/cd/tok-000001" } },
      withEngine(compileRulebook([ruleOf("^(tok-[0-9]{6})$", { secretGroup: 1 })])),
    );
    assert.deepEqual(others, []);
    const place = { start: 6, end: 16, startLine: 1, startColumn: 7, endLine: 1, endColumn: 16 };
    assert.deepEqual([found?.span, found?.match], [place, place]);
  });
});

test("whoever wrote a commit or a tag is a text too, as they are in a push", async () => {
  const rulebook = withEngine(compileRulebook([ruleOf("^(tok-[0-9]{6})", { secretGroup: 1 })]));
  const kit = new GitKit();
  const tree = kit.git("write-tree");
  const commit = `tree ${tree}\nauthor tok-000001 <a@x.example> 1700000000 +0000\ncommitter C tok-000002 <tok-000003@x.example> 1700000000 +0000\n\ntok-000004\n`;
  const id = kit.run(["hash-object", "-t", "commit", "-w", "--stdin"], commit);
  kit.git("update-ref", "refs/heads/main", id);
  const tag = `object ${id}\ntype commit\ntag v1\ntagger tok-000005 <t@x.example> 1700000000 +0000\n\na tok-000006\n`;
  kit.git("update-ref", "refs/tags/v1", kit.run(["hash-object", "-t", "tag", "-w", "--stdin"], tag));
  const told = async () => {
    const { candidates } = await scanHistory({ gitDir: kit.dir, rulebook });
    return candidates.map(({ span, secret }) => `${span.startLine}.${span.startColumn} ${secret.reveal()}`).sort();
  };
  const expected = ["1.1 tok-000004", "2.8 tok-000001", "4.8 tok-000005"];
  assert.deepEqual(await told(), expected);
  kit.git("repack", "-adq");
  assert.deepEqual(await told(), expected);
});

test("what a rule refuses in one name hides nothing in the next", async () => {
  const refusing = {
    condition: "or",
    paths: [],
    commits: [],
    target: "match",
    regexes: ["^tok1"],
    stopWords: [],
  } as const;
  const rulebook = withEngine(
    compileRulebook([ruleOf("tok[0-9](?s:.){0,8}?[a-z]{6}[0-9]", { allowlists: [refusing] })]),
  );
  const kit = new GitKit();
  kit.commit({ tok1: "a", tok2abcdef3: "b" });
  assert.deepEqual(await inHistory(kit, rulebook), ["demo: tok2abcdef3 1-11 tok2abcdef3"]);
});
