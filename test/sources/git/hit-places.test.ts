import assert from "node:assert/strict";
import { test } from "vitest";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { HitPlaces, type Hit } from "../../../src/sources/git/scan/hit.ts";

const key = "";

test("what overlaps a stretch is told with all hits of its place, whichever rules they are of", () => {
  const random = seededRandom(4);
  const below = (n: number) => Math.floor(random() * n);
  for (let round = 0; round < 300; round++) {
    const hits: Hit[] = [];
    for (let rule = 0; rule < 4; rule++) {
      for (let at = below(30); at < 300; at += 1 + below(60)) {
        const end = at + 1 + below(40);
        hits.push({ start: at, end, rule, key });
        // A word of the same rule may stand around it, and hide several.
        if (below(3) === 0)
          for (const inside of [1, 3]) hits.push({ start: at, end: end + 20, at: at + inside, rule, key });
        if (below(4) > 0) at = end;
      }
    }
    hits.sort((a, b) => a.start - b.start || a.end - b.end);
    const places = new HitPlaces(hits);
    for (let ask = 0; ask < 20; ask++) {
      const from = below(300);
      const to = from + 1 + below(80);
      const told = [...places.overlapping(from, to)].flatMap((place) => place.hits);
      const expected = hits.filter(({ start, end }) => start < to && end > from);
      assert.deepEqual(new Set(told), new Set(expected));
      assert.equal(told.length, expected.length);
    }
  }
});

test("thousands of hits in one word are one place, and of thousands of places a stretch is told its own", () => {
  const inWord = Array.from({ length: 5000 }, (_, at): Hit => ({ start: 0, end: 90_000, at, rule: 1, key }));
  const inClear = Array.from({ length: 5000 }, (_, i): Hit => ({ start: 18 * i, end: 18 * i + 9, rule: 1, key }));
  let told = 0;
  const places = new HitPlaces([...inWord, ...inClear].sort((a, b) => a.start - b.start));
  for (let from = 0; from < 90_000; from += 18) told += [...places.overlapping(from, from + 9)].length;
  assert.equal(told, 2 * 5000);
});
