import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { auditEvents } from "../support/audit.ts";
import { listLeaks } from "../../src/db/leaks.ts";
import { findToken } from "../../src/db/tokens.ts";
import { setDisabled } from "../../src/db/users.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { revokeToken } from "../../src/pat/revoke-token.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import { revokeDue } from "../../src/pipeline/revoke-due.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment } from "../support/scene.ts";
import { type PushScene, setPushScene } from "../support/push-scene.ts";

describeOnBothDatabases("a leaked token under its policy", (db) => {
  let scene: PushScene;
  beforeEach(async () => {
    scene = await setPushScene(db());
  });

  test("with a time of grace the owner is told first, and the token dies at the deadline", async () => {
    await scene.mode("grace", 72);
    const { secret, token } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    assert.ok(await authorize(scene.pat, secret));
    scene.clock.passHours(71);
    assert.deepEqual(await revokeDue(scene.pat), []);
    scene.clock.passHours(1);
    const revoked = await Promise.all([revokeDue(scene.pat), revokeDue(scene.pat)]);
    assert.deepEqual(revoked.flat(), [token.id]);
    assert.equal(await authorize(scene.pat, secret), undefined);
    const [incident] = await scene.incidents();
    assert.deepEqual(incident?.revokedAt, scene.clock.now(), "the incident does not say that it is over");
    assert.deepEqual((await scene.mailsOf(incident?.id ?? "")).sort(), ["leak-found", "token-revoked"]);
    assert.deepEqual((await scene.actions()).slice(2), [
      "Token.PatPublicDiscoveryEvent",
      "Token.LeakGraceStarted",
      "Token.PatPublicDiscoveryEvent",
      "Token.PatSystemRevokeEvent",
    ]);
  });

  test("an owner who revokes in time is not revoked again", async () => {
    await scene.mode("grace", 1);
    const { secret, token } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    await revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
    scene.clock.passHours(2);
    assert.deepEqual(await revokeDue(scene.pat), []);
    assert.deepEqual((await scene.actions()).slice(-2), ["Token.PatRevokeEvent", "Token.LeakGraceCancelled"]);
    const [incident] = await scene.incidents();
    assert.equal(incident?.state, "closed");
    const all = (await auditEvents(db(), scene.organization.id)).filter(
      (event) => event.correlationId === incident?.correlationId,
    );
    assert.deepEqual(all.map((event) => event.actionId).reverse(), [
      "Token.PatPublicDiscoveryEvent",
      "Token.LeakGraceStarted",
      "Token.PatRevokeEvent",
      "Token.LeakGraceCancelled",
    ]);
  });

  test("a later leak does not put the deadline off, and one under a shorter time of grace brings it forward", async () => {
    await scene.mode("grace", 10);
    const { secret } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const [first] = await scene.incidents();
    scene.clock.passHours(5);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    const [same] = await scene.incidents();
    assert.deepEqual([same?.revokeAt, same?.policyVersion], [first?.revokeAt, first?.policyVersion]);
    await scene.mode("grace", 2);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 3)]));
    scene.clock.passHours(2);
    assert.equal((await revokeDue(scene.pat)).length, 1);
    assert.equal((await scene.actions()).filter((action) => action === "Token.LeakGraceStarted").length, 2);
  });

  test("an owner who revokes what nobody had planned to revoke calls nothing off, and a leak after that stays closed", async () => {
    await scene.mode("notify_only");
    const { secret, token } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    await revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
    assert.deepEqual((await scene.actions()).at(-1), "Token.PatRevokeEvent");
    await scene.mode("immediate");
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    const [incident] = await scene.incidents();
    assert.deepEqual([incident?.state, incident?.action, incident?.leaks], ["closed", "notify", 2]);
    assert.deepEqual(await scene.mailsOf(incident?.id ?? ""), ["leak-found"]);
    assert.deepEqual((await scene.actions()).at(-1), "Token.PatPublicDiscoveryEvent");
  });

  test("notify_only writes and leaves the token alone; a stricter policy at the next leak ends it", async () => {
    await scene.mode("notify_only");
    const { secret } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    assert.ok(await authorize(scene.pat, secret));
    await scene.mode("immediate");
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    assert.equal(await authorize(scene.pat, secret), undefined);
    const [incident] = await scene.incidents();
    assert.deepEqual((await scene.mailsOf(incident?.id ?? "")).sort(), ["leak-found", "token-revoked"]);
    assert.deepEqual([incident?.action, incident?.policyVersion], ["revoke", 3]);
  });

  test("a token that was revoked or expired before is recorded, and nobody is written to", async () => {
    const { secret } = await scene.mint();
    scene.clock.passHours(24 * 31);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const [incident] = await scene.incidents();
    assert.deepEqual([incident?.action, incident?.clause, incident?.leaks], ["review", "expired-before", 1]);
    assert.deepEqual(await scene.mailsOf(incident?.id ?? ""), []);
  });

  test("a token of a disabled owner is revoked, so that it does not wake with the owner", async () => {
    const { secret, token } = await scene.mint();
    await setDisabled(db(), scene.owner.id, scene.clock.now());
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    await setDisabled(db(), scene.owner.id, undefined);
    assert.equal((await findToken(db(), token.id))?.state, "revoked");
    assert.equal(await authorize(scene.pat, secret), undefined);
  });

  test("a token in a private repository is told of and not revoked", async () => {
    const { secret } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1, { exposure: "private" })]));
    assert.ok(await authorize(scene.pat, secret));
    assert.equal((await scene.incidents())[0]?.clause, "not-public");
    assert.deepEqual((await scene.actions()).at(-1), "Token.PatPrivateDiscoveryEvent");
  });

  test("a leak in a private repository that is made public is public: its token is revoked, once", async () => {
    const { secret, token } = await scene.mint();
    const seen = (exposure: "internal" | "private" | "public") =>
      handlePush(aPush({ exposure }), scene.river([fileFragment(secret.reveal(), 1, { exposure })]));
    for (const exposure of ["private", "internal"] as const) await seen(exposure);
    assert.equal((await findToken(db(), token.id))?.state, "active");
    const [opened] = (await seen("public")).outcomes;
    assert.ok(opened?.kind === "recorded" && opened.revokedNow && opened.isNew);
    for (const exposure of ["public", "private", "public"] as const) await seen(exposure);
    assert.equal((await findToken(db(), token.id))?.revokedBecause, "leaked");
    assert.deepEqual((await scene.actions()).slice(1), [
      "Token.PatPrivateDiscoveryEvent",
      "Token.PatPublicDiscoveryEvent",
      "Token.PatSystemRevokeEvent",
    ]);
    const [incident] = await scene.incidents();
    assert.deepEqual([incident?.action, incident?.clause, incident?.leaks], ["revoke", "immediate", 1]);
    assert.equal((await listLeaks(db(), incident?.id ?? ""))[0]?.place.exposure, "public");
    assert.deepEqual((await scene.mailsOf(incident?.id ?? "")).sort(), ["leak-found", "token-revoked"]);
  });
});
