import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { beforeEach, test } from "vitest";
import { findToken } from "../../src/db/tokens.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { Secret } from "../../src/model/secret.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { createToken } from "../../src/pat/create-token.ts";
import { revokeToken } from "../../src/pat/revoke-token.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import type { PushSource } from "../../src/sources/source.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment } from "../support/scene.ts";
import { checkPeppers } from "../../src/tokens/built-in/check-peppers.ts";
import { BuiltInTokenStore } from "../../src/tokens/built-in/token-store.ts";
import { Peppers } from "../../src/tokens/peppers.ts";
import { type PushScene, setPushScene } from "../support/push-scene.ts";

const HEAD = "c".repeat(40);

describeOnBothDatabases("what the issuer says of a push", (db) => {
  let scene: PushScene;
  beforeEach(async () => {
    scene = await setPushScene(db());
  });

  test("what the issuer leaves out of its answer is not dismissed", async () => {
    const { secret, token } = await scene.mint();
    const silent = { answersFor: () => true, lookup: async () => [], lookupDigests: async () => [] };
    const fragments = [fileFragment(secret.reveal(), 1)];
    await assert.rejects(handlePush(aPush(), scene.river(fragments, { tokenStore: silent })), /token store/);
    assert.equal((await findToken(db(), token.id))?.state, "active");
  });

  test("when the issuer cannot be asked, nothing is dismissed and the job comes back", async () => {
    const { secret, token } = await scene.mint();
    const noAnswers = (asked: readonly unknown[]) =>
      Promise.resolve(asked.map(() => ({ kind: "unverified", because: "token-store-unavailable" }) as const));
    const away = { answersFor: () => true, lookup: noAnswers, lookupDigests: noAnswers };
    const fragments = [fileFragment("nothing", 1), fileFragment(secret.reveal(), 2)];
    const source: PushSource = {
      heads: () => Promise.resolve([]),
      async *fragments(_, { reached }) {
        yield* fragments;
        await Promise.resolve(reached([HEAD]));
      },
    };
    const heads: string[] = [];
    const { ledger } = scene.river([]);
    const parts = {
      source,
      ledger: { ...ledger, recordHeads: async (_: object, ids: readonly string[]) => void heads.push(...ids) },
    };
    await assert.rejects(handlePush(aPush(), scene.river([], { ...parts, tokenStore: away })), (error) => {
      assert.ok(error instanceof PatrolError);
      assert.deepEqual([error.code, error.kind.retry], ["token-store-unavailable", "later"]);
      return true;
    });
    assert.equal(scene.scanned.get(fragments[0]?.provenance.object ?? ""), false);
    assert.equal(scene.scanned.get(fragments[1]?.provenance.object ?? ""), true);
    assert.deepEqual(heads, [], "who comes back must find nothing scanned already");
    await handlePush(aPush(), scene.river([], parts));
    assert.equal((await findToken(db(), token.id))?.state, "revoked");
    assert.deepEqual(heads, [HEAD]);
  });

  test("a token stored under a pepper that only other processes know yet is dismissed and refused by none: the job comes back", async () => {
    const { pat, clock } = scene;
    const peppers = new Peppers([
      { id: `new-${randomBytes(4).toString("hex")}`, key: randomBytes(32) },
      ...pat.peppers.keys,
    ]);
    await checkPeppers(db(), peppers, clock.now());
    const request = {
      organization: scene.organization.name,
      owner: scene.owner.email,
      name: "ci",
      scopes: ["vso.code"],
    };
    const { secret, token } = await createToken({ ...pat, peppers }, { ...request, days: 30 });
    const file = fileFragment(secret.reveal(), 1);
    await assert.rejects(handlePush(aPush(), scene.river([file])), /token store could not be asked about 1/);
    assert.deepEqual([...scene.scanned.values()], [true]);
    await assert.rejects(authorize(pat, secret), /cannot be checked now/);

    const tokenStore = new BuiltInTokenStore({ ...pat, peppers, ruleIds: ["patrol-token"] });
    await handlePush(aPush(), scene.river([file], { peppers, tokenStore }));
    assert.equal((await findToken(db(), token.id))?.state, "revoked");
  });

  test("a token that its owner revokes after the verdict is not revoked again, and nobody is written to", async () => {
    const { secret, token } = await scene.mint();
    const { tokenStore } = scene.river([]);
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    const slow = {
      answersFor: () => true,
      lookupDigests: tokenStore.lookupDigests,
      lookup: async (secrets: readonly Secret[]) => {
        const verdicts = await tokenStore.lookup(secrets);
        await revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
        return verdicts;
      },
    };
    const { outcomes } = await handlePush(
      aPush(),
      scene.river([fileFragment(secret.reveal(), 1)], { tokenStore: slow }),
    );
    assert.ok(outcomes[0]?.kind === "recorded" && !outcomes[0].revokedNow);
    assert.equal((await findToken(db(), token.id))?.revokedBecause, "owner");
    const [incident] = await scene.incidents();
    assert.deepEqual([incident?.action, incident?.clause], ["review", "revoked-before"]);
    assert.deepEqual(await scene.mailsOf(incident?.id ?? ""), []);
  });
});
