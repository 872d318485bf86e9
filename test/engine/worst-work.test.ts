import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRules } from "../../src/config/rulebook.ts";
import { MOST_STEPS } from "../../src/engine/compile/work.ts";
import { assertKept, assertLinear, assertMixed, reached, WorkMeter } from "../support/worst-work.ts";

/** Each way in which a pattern can make work: once, over itself, in a run, behind a run, from many starts, without an end. */
const SHAPES = [
  { id: "prefix", pattern: "key_[a-z0-9]{20}" },
  { id: "itself", pattern: "(?:ab){4}[a-z]{30}!" },
  { id: "run", pattern: "[a-f0-9]{32,40}!" },
  { id: "back", pattern: String.raw`[\w.-]{0,50}?token[\w .-]{0,20}=[a-z]{16}` },
  { id: "starts", pattern: String.raw`[\w-]{0,3}secret[\w-]{0,20}:[a-z]{16}` },
  { id: "tail", pattern: "tok_[a-z_]{10,}!" },
  { id: "endless", pattern: String.raw`OPEN-IT[\s\S]{10,}?SHUT-IT` },
];

const MOST_TAKEN = 5_000_000;

/** What `work` gives, unless it takes more than so many values into sets: then it throws, and does not end after minutes. */
function takingUp<T>(most: number, work: () => T): T {
  const { add } = Set.prototype;
  let taken = 0;
  Set.prototype.add = function (this: Set<unknown>, value) {
    if (++taken > most) throw new Error(`more than ${most} values were taken into sets`);
    return add.call(this, value);
  };
  try {
    return work();
  } finally {
    Set.prototype.add = add;
  }
}

describe("texts made from the automata of rules", () => {
  test("cost a rule what the compiler declares, or reach its budget, and what is declared is not far off", () => {
    const works = new WorkMeter(SHAPES).measureAll();
    assert.equal(works.length, SHAPES.length);
    works.forEach(assertKept);
    // Not "starts": where its texts hold none of what has to follow, no automaton reads them.
    for (const work of works.slice(0, 4)) assert.ok(reached(work) > 0.1 * work.declared.steps, JSON.stringify(work));
    // Tries pile up where nothing ends them.
    for (const { small, large, declared } of works.slice(5)) {
      assert.equal(declared.steps, Infinity);
      assert.ok(large > 8 * small, `${small}, then ${large}`);
    }
  });

  test("are bounded for a pattern as long as any may be, which is gone through once for each of its sequences", () => {
    const keys = Array.from({ length: 12 }, (_, i) => `qz${"j".repeat(i)}_`).join("|");
    const pattern = `(?:${keys})${"a?".repeat(9000)}${"a".repeat(9000)}`;
    // Once for each of its steps they would be some hundred million.
    const work = takingUp(MOST_TAKEN, () => new WorkMeter([{ id: "long", pattern }]).declared.get("long"));
    assert.ok(work!.steps > MOST_STEPS, JSON.stringify(work));
  });

  const builtIn = new WorkMeter(builtInRules());

  test("cost every built-in rule what the compiler declares", () => {
    const works = builtIn.measureAll();
    assert.ok(works.length > builtIn.declared.size - 20, String(works.length));
    works.forEach(assertKept);
  });

  test("cost two rules that share a bucket of the classifier what grows with the text", () => {
    const pairs = builtIn.measurePairs();
    assert.ok(pairs.length > 50);
    for (const { ids, small, large, apart } of pairs) assertLinear(ids, small, large, apart);
  });

  test("cost all rules together what grows with the text where three are mixed, and no more of it is seen than once and a walk", () => {
    const triples = builtIn.measureTriples();
    assert.ok(triples.length > builtIn.declared.size - 20, String(triples.length));
    const piling = new Set([...builtIn.declared].flatMap(([id, { steps }]) => (steps > MOST_STEPS ? [id] : [])));
    for (const triple of triples) assertMixed(triple, piling);
  });
});
