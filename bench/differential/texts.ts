// The core against every rule over every byte by native RegExp, on real texts and on texts made to provoke.
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { Core } from "../../src/engine/core/core.ts";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { CoreScanner, provokingText, Reference } from "../../test/support/differential.ts";
import { loadCorpus, loadRules, readArguments } from "../support/corpus.ts";

const MAX_BYTES = 4e6;
const PROVOKING = 400;

const { rules: file, folders } = readArguments(process.argv.slice(2));
const rules = loadRules(file);
const { image, refused } = compileRules(rules, quickTraining());
for (const error of refused) console.log(error.message);
const core = new Core(coreBinaries());
core.load(
  image,
  rules.map(({ pattern }) => pattern),
);
const random = seededRandom(42);
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
  for (const span of expected) if (!ours.has(span)) missing++;
  for (const span of ours) if (!expected.has(span)) extra++;
}
const counts = { missing, extra, found, texts: texts.length, rules: covered.length, refused: refused.length };
console.log(JSON.stringify({ bench: "differential", ratios: {}, counts }));
if (missing + extra > 0) process.exitCode = 1;
