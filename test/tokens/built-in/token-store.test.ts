import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { beforeEach, test } from "vitest";
import { openPostgres } from "../../../src/db/database.ts";
import { setDisabled } from "../../../src/db/users.ts";
import { Secret } from "../../../src/model/secret.ts";
import { authorize } from "../../../src/pat/authorize.ts";
import { createToken } from "../../../src/pat/create-token.ts";
import { revokeToken } from "../../../src/pat/revoke-token.ts";
import { SYSTEM } from "../../../src/audit/event.ts";
import { BuiltInTokenStore } from "../../../src/tokens/built-in/token-store.ts";
import { checkPeppers } from "../../../src/tokens/built-in/check-peppers.ts";
import { sha256Of } from "../../../src/tokens/format.ts";
import { Peppers } from "../../../src/tokens/peppers.ts";
import { describeOnBothDatabases, freshDatabase } from "../../support/postgres.ts";
import { PREFIX, setScene, type Scene } from "../../support/scene.ts";
import { crcToken, withWrongChecksum } from "../../support/tokens.ts";

const pepper = (id: string) => ({ id, key: randomBytes(32) });

const options = (scene: Scene) => ({ ...scene.pat, ruleIds: ["patrol-token"] });

describeOnBothDatabases("the built-in token store", (db) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene(db());
  });

  test("answers for all candidates at once, in their order", async () => {
    const store = new BuiltInTokenStore(options(scene));
    const active = await scene.mint();
    const revoked = await scene.mint();
    await revokeToken(scene.pat, { tokenId: revoked.token.id, because: "owner", actor: SYSTEM });
    const verdicts = await store.lookup([
      new Secret("junk"),
      revoked.secret,
      new Secret(crcToken(7, PREFIX)),
      active.secret,
      new Secret(withWrongChecksum(active.secret.reveal())),
      active.secret,
    ]);
    assert.deepEqual(
      verdicts.map((verdict) => verdict.kind),
      ["unknown", "inactive", "unknown", "active", "unknown", "active"],
    );
    const [, inactive] = verdicts;
    assert.equal(inactive?.kind === "inactive" && inactive.why, "revoked");
    scene.clock.passHours(24 * 30);
    const [expired] = await store.lookup([active.secret]);
    assert.deepEqual(expired?.kind === "inactive" && [expired.why, expired.since], ["expired", active.token.expiresAt]);
  });

  test("a disabled owner's token is inactive until the owner is back", async () => {
    const store = new BuiltInTokenStore(options(scene));
    const { secret } = await scene.mint();
    await setDisabled(db(), scene.owner.id, scene.clock.now());
    const [verdict] = await store.lookup([secret]);
    assert.equal(verdict?.kind === "inactive" && verdict.why, "owner-disabled");
    await setDisabled(db(), scene.owner.id, undefined);
    assert.equal((await store.lookup([secret]))[0]?.kind, "active");
  });

  test("looking a token up changes nothing, not even the time of its last use", async () => {
    const { secret, token } = await scene.mint();
    const row = () => db().selectFrom("tokens").selectAll().where("id", "=", token.id).executeTakeFirstOrThrow();
    const before = await row();
    await new BuiltInTokenStore(options(scene)).lookup([secret]);
    assert.deepEqual(await row(), before);
  });

  test("a token is found under an old pepper, and moves under the new one when it is used", async () => {
    const old = pepper("old");
    const before = { ...scene.pat, peppers: new Peppers([old]) };
    const { secret, token } = await createToken(before, {
      organization: scene.organization.name,
      owner: scene.owner.email,
      name: "ci",
      scopes: ["vso.code"],
      days: 1,
    });
    const after = { ...scene.pat, peppers: new Peppers([pepper("new"), old]) };
    const store = new BuiltInTokenStore({ ...options(scene), peppers: after.peppers });
    assert.equal((await store.lookup([secret]))[0]?.kind, "active");
    assert.ok(await authorize(after, secret));
    const { pepper_id } = await db()
      .selectFrom("tokens")
      .select("pepper_id")
      .where("id", "=", token.id)
      .executeTakeFirstOrThrow();
    assert.equal(pepper_id, "new");
    assert.ok(await authorize(after, secret));
    assert.equal(await authorize(before, secret), undefined);
  });
});

test("when the database cannot answer, nothing that may be ours is called unknown", async () => {
  const { url, db: open, close } = await freshDatabase();
  const scene = await setScene(open);
  const { secret } = await scene.mint();
  await close();
  const db = openPostgres(url);
  const store = new BuiltInTokenStore({ ...options(scene), db });
  assert.deepEqual(await store.lookup([secret, new Secret("junk")]), [
    { kind: "unverified", because: "token-store-unavailable" },
    { kind: "unknown" },
  ]);
  assert.deepEqual(await store.lookupDigests([sha256Of(secret)]), [
    { kind: "unverified", because: "token-store-unavailable" },
  ]);
  await db.destroy();
});

test("a file of seventy thousand well-formed tokens does not hide the one that is ours", async () => {
  const { db, close } = await freshDatabase();
  const scene = await setScene(db);
  const { secret } = await scene.mint();
  const secrets = Array.from({ length: 70_000 }, (_, seed) => new Secret(crcToken(seed, PREFIX)));
  const verdicts = await new BuiltInTokenStore(options(scene)).lookup([...secrets, secret]);
  assert.equal(verdicts.at(-1)?.kind, "active");
  assert.deepEqual([...new Set(verdicts.slice(0, -1).map((verdict) => verdict.kind))], ["unknown"]);
  await close();
});

test("other peppers than the database was used with are refused at start", async () => {
  const { db, close } = await freshDatabase();
  const now = new Date("2026-03-01");
  const one = pepper("p1");
  await checkPeppers(db, new Peppers([one]), now);
  await checkPeppers(db, new Peppers([one]), now);
  const changed = checkPeppers(db, new Peppers([pepper("p1")]), now);
  await assert.rejects(changed, { code: "data-folder-mismatch", message: /PATROL_PEPPERS.*"p1"/ });

  const scene = await setScene(db);
  const own = new Peppers([pepper("p2"), one]);
  await checkPeppers(db, own, now);
  const { token } = await scene.mint();
  await db.updateTable("tokens").set({ pepper_id: "p2" }).where("id", "=", token.id).execute();
  const lacking = checkPeppers(db, new Peppers([one]), now);
  await assert.rejects(lacking, { code: "data-folder-mismatch", message: /lacks "p2"/ });
  // Nobody misses the pepper of tokens that are over.
  await checkPeppers(db, new Peppers([one]), token.expiresAt);
  await close();
});

test("peppers show their ids and no key", () => {
  const only = pepper("p1");
  const peppers = new Peppers([only]);
  const shown = `${peppers.toString()}${JSON.stringify({ peppers })}${inspect(peppers, { showHidden: true })}`;
  assert.ok(shown.includes("p1") && !shown.includes(only.key.toString("base64")) && !/<Buffer/.test(shown));
});
