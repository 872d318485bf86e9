import assert from "node:assert/strict";
import { Hono } from "hono";
import { test } from "vitest";
import { Allowance } from "../../src/http/developer/allowance.ts";
import { VERIFY_ALLOWANCE, verifyTokens } from "../../src/http/developer/verify-tokens.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { Verdict } from "../../src/model/verdict.ts";
import type { Authorization } from "../../src/pat/authorize.ts";

/** Asks about so many digests; the answer's status. */
function asker(verdict: Verdict) {
  const by = { token: { id: "one" } } as Authorization;
  const lookupDigests = async (digests: readonly Buffer[]) => digests.map(() => verdict);
  const allowance = new Allowance(VERIFY_ALLOWANCE, () => new Date(0));
  const app = new Hono();
  app.post("/", verifyTokens({ authorize: async () => by, lookupDigests }, allowance));
  app.onError((error, context) => {
    assert.ok(error instanceof PatrolError);
    return context.json({ code: error.code }, error.kind.http as 503);
  });
  return async (count: number) => {
    const sha256 = Array.from({ length: count }, (_, n) => n.toString(16).padStart(64, "0"));
    const headers = { authorization: "Bearer somebody" };
    return await app.request("/", { method: "POST", headers, body: JSON.stringify({ sha256 }) });
  };
}

test("a store that gives no answer is told as such, and never as a token that is unknown", async () => {
  const answer = await asker({ kind: "unverified", because: "token-store-unavailable" })(1);
  assert.deepEqual([answer.status, await answer.json()], [503, { code: "token-store-unavailable" }]);
});

test("in a minute a caller may ask 18 times about a thousand, or 198 times about one", async () => {
  for (const [count, times] of [
    [1_000, 18],
    [1, 198],
  ] as const) {
    const ask = asker({ kind: "unknown" });
    for (let time = 1; time <= times; time += 1) assert.equal((await ask(count)).status, 200, `${count}: ${time}`);
    assert.equal((await ask(count)).status, 429);
  }
});
