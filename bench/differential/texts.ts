// The core against every rule over every byte by native RegExp, on real texts and on texts made to provoke.
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { Core } from "../../src/engine/core/core.ts";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { CoreScanner, provokingText, Reference } from "../../test/support/differential.ts";
import { loadCorpus, loadRules, readArguments } from "../support/corpus.ts";

const MAX_BYTES = 4e6;
const PROVOKING = 400;

const args = process.argv.slice(2);
const at = args.indexOf("--seed");
const [, seed = "42"] = at < 0 ? [] : args.splice(at, 2);
const { rules: file, folders } = readArguments(args, ["src", "node_modules"]);
const rules = loadRules(file);
const { image, refused } = compileRules(rules, quickTraining());
for (const error of refused) console.log(error.message);
const core = new Core(coreBinaries());
core.load(
  image,
  rules.map(({ pattern }) => pattern),
);
const random = seededRandom(Number(seed));
const texts = [
  ...loadCorpus(folders, MAX_BYTES),
  ...Array.from({ length: PROVOKING }, () => provokingText(rules, random, 40)),
];
const scanner = new CoreScanner(core, rules, Math.max(...texts.map(({ length }) => length)));
const covered = rules.filter((_, i) => core.covers(i));
const reference = new Reference(covered);
let [missing, extra, found] = [0, 0, 0];
for (const text of texts) {
  const ours = new Set(scanner.spans(text));
  const expected = new Set(reference.spans(text));
  found += expected.size;
  const missed = [...expected].filter((span) => !ours.has(span));
  const invented = [...ours].filter((span) => !expected.has(span));
  for (const span of missed) console.log(`missing: ${span}`);
  for (const span of invented) console.log(`extra: ${span}`);
  missing += missed.length;
  extra += invented.length;
}
const counts = { missing, extra, found, texts: texts.length, rules: covered.length, refused: refused.length };
console.log(JSON.stringify({ bench: "differential", ratios: {}, counts }));
if (missing + extra > 0) process.exitCode = 1;
