import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { PatrolError } from "../../src/model/errors.ts";
import { jsonFault, parseJson } from "../../src/http/parse-json.ts";

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

test.each<[string, number]>([
  ["", 0],
  ["{", 1],
  ['{"a"', 4],
  ['{"a" 1}', 5],
  ['{"a":1,}', 7],
  ["[1 2]", 3],
  ["[1,]", 3],
  ["{]", 1],
  ["nul", 0],
  ['"a\nb"', 2],
  ['"a\\x"', 2],
  ["1 1", 2],
  [" tru", 1],
  ["01", 1],
  ["{'a':1}", 1],
])("the fault of %j is at %i", (text, at) => {
  assert.equal(jsonFault(text), at);
});

test("text that is JSON has no fault, whatever its shape", () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, "\t"), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent);
      assert.equal(jsonFault(text), text.length);
      assert.deepEqual(parseJson(Buffer.from(text)), JSON.parse(text));
    }),
  );
});

test("what comes before the fault is the beginning of some JSON, and what includes it is not", () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.nat(),
      fc.constantFrom("", "}", "]", ",", '"', "\\", "x", "\n", ":", "-"),
      (json, at, bad) => {
        const place = at % (json.length + 1);
        const text = json.slice(0, place) + bad + json.slice(place + 1);
        if (isJson(text)) return;
        const fault = jsonFault(text);
        assert.ok(fault <= text.length);
        // A JSON text may end where another breaks: then the fault is what follows it.
        if (isJson(text.slice(0, fault))) assert.ok(fault < text.length);
        else assert.equal(jsonFault(text.slice(0, fault)), fault);
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});

test("an error names the byte, not the character, and nothing of the text", () => {
  assert.throws(
    () => parseJson(Buffer.from('{"ä":hunter2}')),
    (error) => error instanceof PatrolError && /byte 6\b/.test(error.message) && !error.message.includes("hunter2"),
  );
});
