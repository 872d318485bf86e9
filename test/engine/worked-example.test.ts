// What docs/engine.md says of its example is what the compiler and the core make of it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { coreBinaries, quickTraining } from "../../src/config/engine-files.ts";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { compileRules } from "../../src/engine/compile/compile-rules.ts";
import { fingerprintsOf } from "../../src/engine/compile/fingerprints.ts";
import { planRule } from "../../src/engine/compile/plan.ts";
import { isNoted } from "../../src/engine/compile/token-run.ts";
import { LETTERS, Training } from "../../src/engine/compile/training.ts";
import { Core, PADDING } from "../../src/engine/core/core.ts";
import { withClosing } from "../../src/engine/regex/closing.ts";
import { parseRegex } from "../../src/engine/regex/parse.ts";
import { scan } from "../../src/engine/scan.ts";

const doc = readFileSync("docs/engine.md", "utf8");
/** Blocks of the document that are set apart by four blanks. */
const blocks = doc.split("\n\n").flatMap((block) => (block.startsWith("    ") ? [block.replace(/^ {4}/gm, "")] : []));
const blockWith = (words: string) => blocks.find((block) => block.includes(words)) ?? assert.fail(words);

const { rules } = parseGitleaksToml(blockWith("[[rules]]"), { path: "demo.toml", builtIn: () => [] });
const [rule] = rules;
const { id, pattern } = rule!;
const text = Buffer.from(`${blockWith("key = ").replaceAll("⏎", "\n")}\n`);
const training = Training.decode(readFileSync("src/engine/compile/training.bin")).at(LETTERS);

/** The rows of a drawing, by what stands before two blanks, without the blanks between its columns. */
const rowsOf = (block: string) =>
  new Map(block.split("\n").map((line) => [line.split("  ")[0]!, line.replace(/^.*?  +/, "").replace(/ +/g, " ")]));

const plan = planRule(id, withClosing(parseRegex(pattern)), (sets) => fingerprintsOf(sets, training, 1)[0]!.cost);
const [row] = plan.sequences;

test("the row, its fingerprint, and that runs are noted near it", () => {
  assert.equal(text.length, 54);
  assert.deepEqual([plan.kind, plan.sequences.length, row!.sets.length], ["start", 1, 31]);
  const costs = new Map(fingerprintsOf(row!.sets, training, 6).map(({ at, cost }) => [at, cost]));
  assert.deepEqual(
    [1, 2, 3].map((at) => costs.get(at)),
    [0, 0, 0],
  );
  assert.equal(Math.round(costs.get(0)! * 1e6), 30);
  assert.ok(isNoted(row!.tokenRuns, 1));
  const groups = text
    .toString()
    .match(/.{1,4}/gs)!
    .map((four) => (/^[\w+/-]{4}$/.test(four) ? "####" : "····".slice(0, four.length)));
  assert.ok(blockWith("groups").includes(`groups  ${groups.join("")}`));
});

test("the classifier's values, and the verify table", () => {
  const { image } = compileRules([{ id, pattern }], quickTraining());
  const word = (index: number) => new DataView(image.buffer).getUint32(index * 4, true);
  const values = (place: number) => image.subarray(word(3) + place * 32).subarray(0, 32);
  const drawn = rowsOf(blockWith("value         0"));
  const columns = [0, 4, 5, 13, 15, 31];
  for (let place = 0; place < 4; place++) {
    assert.equal(
      values(place).reduce((sum, bits) => sum + bits),
      1,
    );
    assert.match(drawn.get(`place ${place}`)!, new RegExp(`^${columns.map((v) => values(place)[v]).join(" ")}`));
  }
  const [classes, classCount] = [image.subarray(word(4)), word(6)];
  assert.deepEqual(
    [..." 7Z_demo"].map((byte) => classes[byte.charCodeAt(0)]),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  assert.equal(classCount, 8);
  const words = new Uint32Array(image.buffer, word(5), 14 * classCount);
  const table = rowsOf(blockWith("bucket 0, page 0"));
  const names = [0, 1, 2, 3, 4].map((place) => `place ${place}`);
  names.push(...Array<string>(3).fill("places 5 to 7"), "place -1", ...Array<string>(5).fill("places -2 to -6"));
  names.forEach((name, place) =>
    assert.equal(table.get(name), words.subarray(place * classCount, (place + 1) * classCount).join(" "), name),
  );
});

test("the automaton", () => {
  const { classCount, transitions, stateCount, starts } = plan.automaton!;
  assert.deepEqual([classCount, stateCount, starts], [9, 34, [1, 2, 3, 4]]);
  for (const [name, cells] of rowsOf(blockWith("end of text"))) {
    const state = /^\d+/.exec(name)?.[0];
    if (state === undefined) continue;
    const next = [...transitions.subarray(Number(state) * 9, Number(state) * 9 + 9)];
    const shown = next.map((to) => (to === 0 ? "." : to >= 0x8000 ? "✓" : to)).join(" ");
    assert.equal(cells.slice(0, shown.length), shown, name);
  }
});

test("the event, and what is found", () => {
  const core = new Core(coreBinaries());
  core.load(compileRules([{ id, pattern }], quickTraining()).image, [pattern]);
  const address = core.reserve(text.length + 2 * PADDING) + PADDING;
  new Uint8Array(core.memory.buffer).set(text, address);
  assert.equal(core.scan(address, text.length), 1);
  const [of, start, end] = core.matches;
  assert.ok(doc.includes(`rule ${of}, anchor ${start}, end ${end}`));
  const [found] = scan({ bytes: text, provenance: { kind: "file", path: "app.conf" } }, { rules, hash: "" });
  const { startLine, startColumn, endColumn } = found!.span;
  const entropy = found!.entropy.toFixed(3);
  assert.ok(doc.includes(`line ${startLine}, columns ${startColumn} to ${endColumn}, entropy ${entropy} bits`));
});
