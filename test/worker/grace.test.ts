import assert from "node:assert/strict";
import { test } from "vitest";
import { SYSTEM } from "../../src/audit/event.ts";
import { changePolicy } from "../../src/db/policies.ts";
import { findToken } from "../../src/db/tokens.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import { keepDeadlines } from "../../worker/grace.ts";
import { freshDatabase } from "../support/postgres.ts";
import { aPush, fileFragment, setScene } from "../support/scene.ts";

test("a deadline that passed while nothing ran is kept at the next start, and a failing round is not the last", async () => {
  const { db, close } = await freshDatabase();
  const scene = await setScene(db);
  const { organization, clock } = scene;
  await changePolicy(db, {
    organizationId: organization.id,
    mode: "grace",
    graceHours: 1,
    actor: SYSTEM,
    at: clock.now(),
  });
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
