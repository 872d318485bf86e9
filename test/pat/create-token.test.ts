import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { auditEvents } from "../support/audit.ts";
import { setDisabled } from "../../src/db/users.ts";
import { listTokens } from "../../src/db/tokens.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { createToken, type TokenRequest } from "../../src/pat/create-token.ts";
import { revokeToken } from "../../src/pat/revoke-token.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { setScene, type Scene } from "../support/scene.ts";

describeOnBothDatabases("the life of a token", (db) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene(db());
  });

  const request = (more: Partial<TokenRequest> = {}): TokenRequest => ({
    organization: scene.organization.name,
    owner: scene.owner.email.toUpperCase(),
    name: " deploy ",
    scopes: ["vso.code", "vso.packaging_write", "vso.code"],
    days: 30,
    ...more,
  });

  test("is listed and let in after it was made, until it is revoked", async () => {
    const { secret, token } = await createToken(scene.pat, request());
    assert.deepEqual([token.name, token.scopes], ["deploy", ["vso.code", "vso.packaging_write"]]);
    assert.deepEqual(await listTokens(db(), scene.organization.id), [token]);
    const authorization = await authorize(scene.pat, secret);
    assert.deepEqual(
      [authorization?.owner.email, authorization?.organization, authorization?.scopes],
      [scene.owner.email, scene.organization.name, token.scopes],
    );
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    const revoke = () => revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
    assert.equal((await revoke()).revokedNow, true);
    assert.equal((await revoke()).revokedNow, false);
    assert.equal(await authorize(scene.pat, secret), undefined);
    const events = await auditEvents(db(), scene.organization.id);
    assert.deepEqual(
      events.map((event) => [event.actionId, event.actorUPN, event.details]),
      [
        ["Token.PatRevokeEvent", scene.owner.email, 'Personal Access Token "deploy" was revoked.'],
        ["Token.PatCreateEvent", scene.owner.email, 'Personal Access Token "deploy" was created.'],
      ],
    );
    assert.ok(!JSON.stringify(events).includes(secret.reveal()));
  });

  test("notes its use at most once a minute", async () => {
    const { secret, token } = await createToken(scene.pat, request());
    const lastUse = async () => (await listTokens(db(), scene.organization.id))[0]?.lastUsedAt;
    await authorize(scene.pat, secret);
    const first = await lastUse();
    scene.clock.passHours(1 / 120);
    await authorize(scene.pat, secret);
    assert.deepEqual([await lastUse(), first], [first, token.createdAt]);
    scene.clock.passHours(1 / 60);
    await authorize(scene.pat, secret);
    assert.deepEqual(await lastUse(), scene.clock.now());
  });

  test("ends on its day", async () => {
    const { secret } = await createToken(scene.pat, request({ days: 1 }));
    scene.clock.passHours(23);
    assert.ok(await authorize(scene.pat, secret));
    scene.clock.passHours(1);
    assert.equal(await authorize(scene.pat, secret), undefined);
  });

  test("does not begin with a wrong request, and the answer says what to write", async () => {
    const wrong: [Partial<TokenRequest>, RegExp][] = [
      [{ scopes: [] }, /at least one scope/],
      [{ scopes: ["vso.everything"] }, /"vso\.everything" is not known/],
      [{ days: 0 }, /1 to 365/],
      [{ days: 366 }, /1 to 365/],
      [{ days: 1.5 }, /1 to 365/],
      [{ name: "a\r\nb" }, /1 to 100 characters/],
      [{ name: " " }, /1 to 100 characters/],
      [{ owner: "a@b@c" }, /not a mail address/],
      [{ owner: "nobody@acme.example" }, /There is no user/],
      [{ organization: "nowhere" }, /There is no organization "nowhere"/],
    ];
    for (const [more, says] of wrong) await assert.rejects(createToken(scene.pat, request(more)), says);
    await setDisabled(db(), scene.owner.id, scene.clock.now());
    await assert.rejects(createToken(scene.pat, request({})), /is disabled/);
    assert.deepEqual(await listTokens(db(), scene.organization.id), []);
  });
});
