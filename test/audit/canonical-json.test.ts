import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "vitest";
import { canonicalJson, type Json } from "../../src/audit/canonical-json.ts";

test("keys are sorted by UTF-16 units and values written as RFC 8785 shows", () => {
  // The input and the output of RFC 8785, section 3.2.2 and 3.2.3.
  const value = {
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
    literals: [null, true, false],
  };
  assert.equal(
    canonicalJson(value),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const keys = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
  assert.deepEqual(Object.values(JSON.parse(canonicalJson(keys)) as object).length, 7);
  assert.equal(canonicalJson(keys), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
});

test("the order in which keys were written does not matter, and nothing is lost", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ stringUnit: "grapheme" })), (value) => {
      const text = canonicalJson(value as Json);
      const turned = Object.fromEntries(Object.entries(value).reverse()) as Json;
      assert.equal(canonicalJson(turned), text);
      assert.equal(canonicalJson(JSON.parse(text) as Json), text);
    }),
  );
});

test("what has no JSON form is refused", () => {
  for (const value of [NaN, Infinity, "\ud800", { "\udc00": 1 }, undefined, [undefined], 1n, () => 1])
    assert.throws(() => canonicalJson(value as Json), TypeError);
});
