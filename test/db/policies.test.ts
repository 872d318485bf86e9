import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { SYSTEM } from "../../src/audit/event.ts";
import { changePolicy, policyOf } from "../../src/db/policies.ts";
import { auditEvents } from "../support/audit.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";

describeOnBothDatabases("a policy", (db) => {
  let organizationId: string;
  beforeEach(async () => {
    organizationId = (await setScene(db())).organization.id;
  });
  const change = (to: { mode?: "immediate" | "grace" | "notify_only"; graceHours?: number }) =>
    changePolicy(db(), { organizationId, ...to, actor: SYSTEM, at: new Date("2026-03-01") });
  const events = async () => (await auditEvents(db(), organizationId)).map(({ data }) => data["Version"]);

  test("that is changed by many at once has a version and an event for each change", async () => {
    const changed = await Promise.all([1, 2, 3, 4, 5, 6].map((graceHours) => change({ graceHours })));
    const versions = changed.map(({ version }) => version).sort();
    assert.deepEqual(versions, [2, 3, 4, 5, 6, 7]);
    assert.deepEqual((await events()).sort(), versions);
    const last = changed.find(({ version }) => version === 7);
    assert.deepEqual(await policyOf(db(), organizationId), last);
  });

  test("that says already what it is changed to stays as it is, and so does one that is changed wrongly", async () => {
    await change({ mode: "grace", graceHours: 24 });
    for (const same of [{}, { mode: "grace" }, { graceHours: 24 }] as const)
      assert.equal((await change(same)).version, 2);
    for (const graceHours of [0, -1, 1.5, 8_761, Number.NaN])
      await assert.rejects(change({ graceHours }), { code: "request-invalid" });
    assert.deepEqual([(await policyOf(db(), organizationId)).graceHours, await events()], [24, [2]]);
  });
});
