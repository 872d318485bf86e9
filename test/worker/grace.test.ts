import assert from "node:assert/strict";
import { sql } from "kysely";
import { test } from "vitest";
import { SYSTEM } from "../../src/audit/event.ts";
import { changePolicy } from "../../src/db/policies.ts";
import type { Database } from "../../src/db/database.ts";
import { findToken } from "../../src/db/tokens.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import { revokeDue } from "../../src/pipeline/revoke-due.ts";
import { keepDeadlines } from "../../worker/grace.ts";
import { freshDatabase } from "../support/postgres.ts";
import { aPush, fileFragment, setScene, type Scene } from "../support/scene.ts";

/** An organization whose leaked tokens live for an hour. */
async function sceneWithGrace(db: Database): Promise<Scene> {
  const scene = await setScene(db);
  const { organization, clock } = scene;
  await changePolicy(db, {
    organizationId: organization.id,
    mode: "grace",
    graceHours: 1,
    actor: SYSTEM,
    at: clock.now(),
  });
  return scene;
}

test("a deadline that passed while nothing ran is kept at the next start, and a failing round is not the last", async () => {
  const { db, close } = await freshDatabase();
  const scene = await sceneWithGrace(db);
  const { clock } = scene;
  const { secret, token } = await scene.mint();
  await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
  clock.passHours(5);

  const failures: unknown[] = [];
  let failing = true;
  const now = () => {
    if (!failing) return clock.now();
    failing = false;
    throw new Error("no clock");
  };
  const deadlines = keepDeadlines({ db, now }, { everyMs: 5, failed: (error) => failures.push(error) });
  while ((await findToken(db, token.id))?.state !== "revoked") await new Promise((resolve) => setTimeout(resolve, 5));
  await deadlines.stop();
  assert.equal(failures.length, 1);
  await close();
});

test("rounds that fail for one reason are told of once, until one has gone well", async () => {
  const { db, close } = await freshDatabase();
  const told: string[] = [];
  const reasons = ["away", "away", "full", "full", undefined, "full", "full"];
  let rounds = 0;
  const now = () => {
    const reason = reasons[rounds++];
    if (reason !== undefined) throw new Error(reason);
    return new Date();
  };
  const failed = (error: unknown) => void told.push((error as Error).message);
  const deadlines = keepDeadlines({ db, now }, { everyMs: 1, failed });
  while (rounds <= reasons.length) await new Promise((resolve) => setTimeout(resolve, 1));
  await deadlines.stop();
  assert.deepEqual(told, ["away", "full", "full"]);
  await close();
});

test("a token that cannot be revoked is told of, and holds up none of those whose deadline came after it, however many are gone through at a time", async () => {
  const { db, close } = await freshDatabase();
  const scene = await sceneWithGrace(db);
  const minted = [await scene.mint("first"), await scene.mint("second"), await scene.mint("third")];
  for (const [at, { secret }] of minted.entries()) {
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), at + 1)]));
    scene.clock.passHours(1);
  }
  await sql`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not this one'; end $$`.execute(
    db,
  );
  await sql`create trigger refuse before update on tokens for each row when (old.name = 'first') execute function refuse()`.execute(
    db,
  );

  await assert.rejects(revokeDue(scene.pat, 2), /not this one/);
  const states = await Promise.all(minted.map(async ({ token }) => (await findToken(db, token.id))?.state));
  assert.deepEqual(states, ["active", "revoked", "revoked"]);
  await close();
});
