import assert from "node:assert/strict";
import { test } from "vitest";
import { Allowance } from "../../src/http/developer/allowance.ts";
import { PatrolError } from "../../src/model/errors.ts";

const isSpent = (error: unknown) => error instanceof PatrolError && error.code === "too-many-requests";
const MINUTE_MS = 60_000;

test("whoever has spent a minute's allowance is refused until the next, and nobody else is", () => {
  let at = 1_000_000;
  const allowance = new Allowance(10, () => new Date(at));
  allowance.spend("a", 10);
  assert.throws(() => allowance.spend("a", 1), isSpent);
  allowance.spend("b", 10);
  at += MINUTE_MS;
  allowance.spend("a", 10);
});

test("a clock that is set back refuses nobody for longer than a minute", () => {
  let at = 1_000_000_000;
  const allowance = new Allowance(10, () => new Date(at));
  allowance.spend("a", 10);
  at -= 24 * 60 * MINUTE_MS;
  allowance.spend("a", 10);
  assert.throws(() => allowance.spend("a", 1), isSpent);
});
