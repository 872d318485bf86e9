import assert from "node:assert/strict";
import { test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import type { Exposure } from "../../src/model/fragment.ts";
import type { Policy } from "../../src/model/policy.ts";
import type { Verdict } from "../../src/model/verdict.ts";
import { CLAUSES } from "../../src/policy/clauses.ts";
import { decide } from "../../src/policy/decide.ts";
import { fileFragment } from "../support/scene.ts";
import { crcToken } from "../support/tokens.ts";

const now = new Date("2026-03-01T09:00:00Z");
const known = { token: { id: "t", organizationId: "o", ownerId: "u" }, scopes: ["vso.code"] };
const active: Verdict = { kind: "active", ...known };
const inactive = (why: "revoked" | "expired" | "owner-disabled"): Verdict => ({
  kind: "inactive",
  ...known,
  since: now,
  why,
});

function decision(verdict: Verdict, mode: Policy["mode"], exposure: Exposure = "public") {
  const fragment = fileFragment(crcToken(1, "patrol_"), 1, { exposure });
  const [candidate] = scan(fragment, builtInRulebook());
  assert.ok(candidate);
  const policy = { organizationId: "o", mode, graceHours: 72, version: 1 };
  return decide({ candidate, verdict, fingerprint: "f" }, policy, now);
}

test("an active token in public is handled as the mode says", () => {
  assert.deepEqual(decision(active, "immediate"), { action: "revoke", clause: "immediate", revokeAt: now });
  const deadline = new Date("2026-03-04T09:00:00Z");
  assert.deepEqual(decision(active, "grace"), { action: "revoke", clause: "grace", revokeAt: deadline });
  assert.deepEqual(decision(active, "notify_only"), { action: "notify", clause: "notify-only" });
});

test("in a repository that is not public no mode revokes", () => {
  for (const exposure of ["private", "internal"] as const)
    for (const mode of ["immediate", "grace", "notify_only"] as const)
      assert.deepEqual(decision(active, mode, exposure), { action: "notify", clause: "not-public" });
});

test("a dead token is recorded, a sleeping one is treated as alive", () => {
  assert.deepEqual(decision(inactive("revoked"), "immediate"), { action: "review", clause: "revoked-before" });
  assert.deepEqual(decision(inactive("expired"), "immediate"), { action: "review", clause: "expired-before" });
  assert.equal(decision(inactive("owner-disabled"), "immediate").action, "revoke");
});

test("no answer dismisses nothing, and a token of nobody's is dismissed", () => {
  assert.equal(decision({ kind: "unverified", because: "token-store-unavailable" }, "immediate").action, "review");
  assert.deepEqual(decision({ kind: "unknown" }, "immediate"), { action: "dismiss", clause: "not-ours" });
});

test("every clause has an id of its own and says what it does", () => {
  assert.equal(new Set(CLAUSES.map((clause) => clause.id)).size, CLAUSES.length);
  for (const clause of CLAUSES) assert.match(clause.says, /\.$/);
});
