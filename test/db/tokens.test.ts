import assert from "node:assert/strict";
import { test } from "vitest";
import { rehashToken } from "../../src/db/tokens.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";

describeOnBothDatabases("a token's digest", (db) => {
  test("is moved under another pepper from where it was seen: who comes late moves nothing", async () => {
    const { token } = await (await setScene(db())).mint();
    const kept = async () =>
      await db()
        .selectFrom("tokens")
        .select(["lookup", "pepper_id"])
        .where("id", "=", token.id)
        .executeTakeFirstOrThrow();
    const { lookup: seen } = await kept();
    const [newest, late] = [Buffer.alloc(seen.length, 1), Buffer.alloc(seen.length, 2)];
    await rehashToken(db(), token.id, seen, { lookup: newest, pepperId: "newest" });
    await rehashToken(db(), token.id, seen, { lookup: late, pepperId: "late" });
    assert.deepEqual(await kept(), { lookup: newest, pepper_id: "newest" });
  });
});
