// What texts cost that are made from the automata of each rule, in bytes that these read, against what the compiler declares; then that
// of two rules that share a bucket, and of any three, it grows as the text does.
// Usage: npm run bench:worst -- [--rules gitleaks.toml]
import { assertKept, assertLinear, assertMixed, reached, WorkMeter } from "../../test/support/worst-work.ts";
import { MOST_STEPS } from "../../src/engine/compile/work.ts";
import { loadRules, readArguments } from "../support/corpus.ts";

const { rules: file } = readArguments(process.argv.slice(2));
const meter = new WorkMeter(loadRules(file));
const works = meter.measureAll();
works.forEach(assertKept);
for (const { ids, small, large, apart } of meter.measurePairs()) assertLinear(ids, small, large, apart);
const triples = meter.measureTriples();
const piling = new Set([...meter.declared].flatMap(([id, { steps }]) => (steps > MOST_STEPS ? [id] : [])));
for (const triple of triples) assertMixed(triple, piling);
const bounded = works.filter(({ declared }) => declared.steps <= MOST_STEPS);
const row = (work: (typeof works)[number]) => ({
  rule: work.id,
  declared: Math.ceil(work.declared.steps),
  reached: Number(reached(work).toFixed(1)),
});
console.table(
  works
    .toSorted((a, b) => b.large - a.large)
    .slice(0, 20)
    .map(row),
);
console.log(JSON.stringify({ rules: works.length, bounded: bounded.length, triples: triples.length, all: "kept" }));
