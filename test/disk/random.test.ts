import { expect, test } from "vitest";
import { randomBytes } from "../../src/disk/random.ts";

test("as many bytes as asked for, and never the same", () => {
  const [one, other] = [randomBytes(4160), randomBytes(4160)];
  expect([one.length, other.length]).toEqual([4160, 4160]);
  expect(one.equals(other)).toBe(false);
  // Of that many every value of a byte is among them, but for once in 30,000.
  expect(new Set(randomBytes(4160)).size).toBeGreaterThan(250);
});
