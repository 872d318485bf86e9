import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { sql } from "kysely";
import { SYSTEM } from "../../src/audit/event.ts";
import { appendAudit, verifyAudit } from "../../src/db/audit-log.ts";
import type { Database } from "../../src/db/database.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";

describeOnBothDatabases("the audit log", (db) => {
  let organizationId: string;
  beforeEach(async () => {
    organizationId = (await setScene(db())).organization.id;
  });

  const append = (name: string) =>
    inTransaction(db(), (tx) =>
      appendAudit(tx, organizationId, [
        { actionId: "Token.PatCreateEvent", actor: SYSTEM, at: new Date("2026-03-01"), data: { DisplayName: name } },
      ]),
    );
  const report = async () => (await verifyAudit(db())).find((one) => one.organizationId === organizationId);

  test("twenty writers at once leave one chain without gaps", async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => append(`token ${n}`)));
    const found = await report();
    assert.deepEqual([found?.ok, found?.events], [true, 20]);
  });

  test("what is appended while the chain is checked does not look like a break", async () => {
    let isOver = false;
    const writing = (async () => {
      for (let n = 0; n < 100; n += 1) await append(`token ${n}`);
    })().finally(() => (isOver = true));
    while (!isOver) assert.equal((await report())?.ok, true);
    await writing;
  });

  test("a transaction that fails leaves no event and no gap", async () => {
    await append("a");
    const failing = inTransaction(db(), async (tx) => {
      await appendAudit(tx, organizationId, [
        { actionId: "Token.PatCreateEvent", actor: SYSTEM, at: new Date(0), data: {} },
      ]);
      throw new Error("changed my mind");
    });
    await assert.rejects(failing, /changed my mind/);
    await append("b");
    assert.equal((await report())?.events, 2);
  });

  test("the database refuses to change or remove an event", async () => {
    await append("a");
    for (const statement of [
      "update audit_events set action_id = 'x'",
      "delete from audit_events",
      "truncate audit_events",
    ])
      await assert.rejects(sql.raw(statement).execute(db()), /never changed or removed/);
  });

  test("who gets round that is found out", async () => {
    for (const name of ["a", "b", "c"]) await append(name);
    const where = sql`where organization_id = ${organizationId} and seq = 2`;
    await tampered(
      db(),
      sql`update audit_events set record = replace(record, 'created', 'updated') ${where}`,
      async () => {
        const found = await report();
        assert.deepEqual([found?.ok, found?.ok === false && found.brokenAt], [false, 2]);
      },
    );
    // What pages read and look by, beside the text that was hashed.
    for (const column of [
      sql`action_id = 'Token.PatUpdateEvent'`,
      sql`id = gen_random_uuid()`,
      sql`correlation_id = gen_random_uuid()`,
      sql`occurred_at = occurred_at + interval '1 ms'`,
    ])
      await tampered(db(), sql`update audit_events set ${column} ${where}`, async () => {
        const found = await report();
        assert.deepEqual(
          [found?.ok, found?.ok === false && found.because],
          [false, "its columns differ from its text"],
        );
      });
    await tampered(
      db(),
      sql`delete from audit_events where organization_id = ${organizationId} and seq = 3`,
      async () => {
        assert.equal((await report())?.ok, false);
      },
    );
  });

  test("of a long log every event is looked at, and the last ones are missed", async () => {
    const data = { DisplayName: "many" };
    const draft = { actionId: "Token.PatCreateEvent", actor: SYSTEM, at: new Date("2026-03-01"), data } as const;
    const count = 2_001;
    await inTransaction(db(), (tx) =>
      appendAudit(
        tx,
        organizationId,
        Array.from({ length: count }, () => draft),
      ),
    );
    assert.equal((await report())?.events, count);
    for (const change of [
      sql`update audit_events set action_id = 'Token.PatUpdateEvent'`,
      sql`delete from audit_events`,
    ])
      await tampered(db(), sql`${change} where organization_id = ${organizationId} and seq = ${count}`, async () => {
        const found = await report();
        assert.deepEqual([found?.ok, found?.ok === false && found.brokenAt], [false, count]);
      });
  });
});

/** Changes rows as one who owns the database could, looks, and changes them back. */
async function tampered(db: Database, change: ReturnType<typeof sql>, look: () => Promise<void>): Promise<void> {
  await sql`drop table if exists kept`.execute(db);
  await sql`create table kept as select * from audit_events`.execute(db);
  await sql`alter table audit_events disable trigger user`.execute(db);
  await change.execute(db);
  await look();
  await sql`delete from audit_events`.execute(db);
  await sql`insert into audit_events select * from kept`.execute(db);
  await sql`alter table audit_events enable trigger user`.execute(db);
}
