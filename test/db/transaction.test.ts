import assert from "node:assert/strict";
import { onTestFinished, test } from "vitest";
import { lockToken } from "../../src/db/tokens.ts";
import { inTransaction } from "../../src/db/transaction.ts";
import { gate } from "../conformance/queue.ts";
import { freshDatabase } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";

test("of two transactions that wait for each other one is run again, and both end", async () => {
  const { db, close } = await freshDatabase();
  onTestFinished(close);
  const scene = await setScene(db);
  const [left, right] = [(await scene.mint()).token.id, (await scene.mint()).token.id];
  const held = { [left]: gate(), [right]: gate() };
  let begun = 0;
  const take = (first: string, second: string) =>
    inTransaction(db, async (tx) => {
      begun += 1;
      await lockToken(tx, first);
      held[first]?.open();
      await held[second]?.opened;
      await lockToken(tx, second);
    });
  await Promise.all([take(left, right), take(right, left)]);
  // The one that was given up may take its first lock again before the other wakes: then they meet anew.
  assert.ok(begun > 2, `${begun} were begun`);
});
