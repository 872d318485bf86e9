import assert from "node:assert/strict";
import { sql } from "kysely";
import { onTestFinished, test } from "vitest";
import { SYSTEM } from "../../src/audit/event.ts";
import { changePolicy } from "../../src/db/policies.ts";
import { findToken } from "../../src/db/tokens.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import { revokeDue } from "../../src/pipeline/revoke-due.ts";
import { auditEvents } from "../support/audit.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment, setScene } from "../support/scene.ts";

/** What others do to the second token while the first is revoked. */
const MEANWHILE = {
  "whose incident was closed": "update incidents set state = 'closed', closed_at = now() where token_id = second",
  "whose deadline was called off": "update incidents set revoke_at = null where token_id = second",
  "whose deadline was put off":
    "update incidents set revoke_at = revoke_at + interval '1 year' where token_id = second",
  "that was revoked":
    "update tokens set state = 'revoked', revoked_at = now(), revoked_because = 'owner' where id = second",
};

describeOnBothDatabases("of two tokens whose time of grace is over, one", (db) => {
  test.each(Object.entries(MEANWHILE))("%s after both were looked up is left as it is", async (_, change) => {
    const scene = await setScene(db());
    const { organization, clock } = scene;
    const policy = { organizationId: organization.id, mode: "grace", graceHours: 1 } as const;
    await changePolicy(db(), { ...policy, actor: SYSTEM, at: clock.now() });
    const [first, second] = [await scene.mint("first"), await scene.mint("second")];
    for (const [at, { secret }] of [first, second].entries()) {
      await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), at + 1)]));
      clock.passHours(1);
    }
    await sql`create function meanwhile() returns trigger language plpgsql as ${sql.raw(`$$
      declare second uuid := '${second.token.id}';
      begin ${change}; return null; end $$`)}`.execute(db());
    await sql`create trigger meanwhile after update on tokens for each row when (old.name = 'first')
      execute function meanwhile()`.execute(db());
    onTestFinished(async () => void (await sql`drop function meanwhile cascade`.execute(db())));
    const before = await findToken(db(), second.token.id);

    assert.deepEqual(await revokeDue(scene.pat), [first.token.id]);
    const after = await findToken(db(), second.token.id);
    if (!change.startsWith("update tokens")) assert.deepEqual(after, before);
    assert.notEqual(after?.revokedBecause, "leaked");
    const revoked = (await auditEvents(db(), organization.id)).filter(
      ({ actionId }) => actionId === "Token.PatSystemRevokeEvent",
    );
    assert.equal(revoked.length, 1);
  });
});
