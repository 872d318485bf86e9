import assert from "node:assert/strict";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, test, vi } from "vitest";
import { openPatOnly } from "../../src/app.ts";
import { SYSTEM } from "../../src/audit/event.ts";
import { loadConfig } from "../../src/config/config.ts";
import { followClock } from "../../src/db/clock.ts";
import { changePolicy } from "../../src/db/policies.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import { revokeDue } from "../../src/pipeline/revoke-due.ts";
import { type FreshDatabase, freshDatabase } from "../support/postgres.ts";
import { aPush, fileFragment, setScene } from "../support/scene.ts";

const MINUTE_MS = 60_000;

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(async () => await database.close());
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a process whose clock is off, or is set meanwhile, revokes when the time of grace is over by the database's", async () => {
  const { db, url } = database;
  vi.setSystemTime(performance.timeOrigin + performance.now() + 40 * MINUTE_MS);
  const { pat, close } = await openPatOnly(loadConfig({ DATABASE_URL: url, PATROL_PEPPERS: pepper() }, "/"));
  const scene = await setScene(db);
  const policy = { organizationId: scene.organization.id, mode: "grace", graceHours: 1 } as const;
  await changePolicy(db, { ...policy, actor: SYSTEM, at: pat.now() });
  const { secret, token } = await scene.mint();
  await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
  const setDeadline = async (minutes: number) =>
    await sql`update incidents set revoke_at = now() + make_interval(mins => ${minutes})`.execute(db);

  await setDeadline(20);
  assert.deepEqual(await revokeDue(pat), []);
  vi.setSystemTime(Date.now() + 24 * 60 * MINUTE_MS);
  assert.deepEqual(await revokeDue(pat), []);
  vi.setSystemTime(Date.now() - 48 * 60 * MINUTE_MS);
  await setDeadline(-1);
  assert.deepEqual(await revokeDue(pat), [token.id]);
  await close();
});

test("the database's clock is looked at again and again, and goes back for no answer that is late", async () => {
  const clock = await followClock(database.db, 1);
  let last = clock.now();
  for (let count = 0; count < 50; count++) {
    await sql`select pg_sleep(0.002)`.execute(database.db);
    const at = clock.now();
    assert.ok(at >= last, `${at.toISOString()} came after ${last.toISOString()}`);
    last = at;
  }
  const { rows } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(database.db);
  assert.ok(last <= rows[0]!.at && rows[0]!.at.getTime() - last.getTime() < MINUTE_MS);
  clock.stop();
});

const pepper = () => `clock:${Buffer.alloc(32, 7).toString("base64")}`;
