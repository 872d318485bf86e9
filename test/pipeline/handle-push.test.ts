import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { beforeEach, test } from "vitest";
import { withEngine } from "../../src/config/engine.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { verifyAudit } from "../../src/db/audit-log.ts";
import { auditEvents } from "../support/audit.ts";
import type { Database } from "../../src/db/database.ts";
import { listIncidents } from "../../src/db/incidents.ts";
import { listLeaks } from "../../src/db/leaks.ts";
import { changePolicy } from "../../src/db/policies.ts";
import { findToken } from "../../src/db/tokens.ts";
import { setDisabled } from "../../src/db/users.ts";
import { SYSTEM } from "../../src/audit/event.ts";
import { checkedRulebook } from "../../src/engine/rulebook.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { PolicyMode } from "../../src/model/policy.ts";
import type { Secret } from "../../src/model/secret.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { createToken } from "../../src/pat/create-token.ts";
import { revokeToken } from "../../src/pat/revoke-token.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import type { RiverEvent } from "../../src/pipeline/river.ts";
import { revokeDue } from "../../src/pipeline/revoke-due.ts";
import type { PushSource } from "../../src/sources/source.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment, setScene, type Scene } from "../support/scene.ts";
import { checkPeppers } from "../../src/tokens/built-in/check-peppers.ts";
import { BuiltInTokenStore } from "../../src/tokens/built-in/token-store.ts";
import { Peppers } from "../../src/tokens/peppers.ts";
import { withWrongChecksum } from "../support/tokens.ts";

const HEAD = "c".repeat(40);

describeOnBothDatabases("a push", (db) => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await setScene(db());
  });

  const actions = async () => (await auditEvents(db(), scene.organization.id)).map((event) => event.actionId).reverse();
  const incidents = () => listIncidents(db(), { organizationId: scene.organization.id });
  const mode = (mode: PolicyMode, graceHours?: number) =>
    changePolicy(db(), {
      organizationId: scene.organization.id,
      mode,
      graceHours,
      actor: SYSTEM,
      at: scene.clock.now(),
    });
  const mailsOf = async (incidentId: string) =>
    (await db().selectFrom("outbox").select("payload").orderBy("created_at").execute())
      .filter((row) => row.payload["incidentId"] === incidentId)
      .map((row) => row.payload["mail"]);

  test("a live token in a public push is revoked, recorded and mailed once", async () => {
    const { secret, token } = await scene.mint();
    assert.ok(await authorize(scene.pat, secret));
    const steps: string[] = [];
    const fragment = fileFragment(`# deploy\nTOKEN=${secret.reveal()}\n`, 1);
    const river = scene.river([fragment], { observe: (event: RiverEvent) => steps.push(event.step) });
    const report = await handlePush(aPush(), river);

    assert.deepEqual(
      report.outcomes.map((outcome) => outcome.kind === "recorded" && [outcome.isNew, outcome.revokedNow]),
      [[true, true]],
    );
    assert.equal(await authorize(scene.pat, secret), undefined);
    assert.equal((await findToken(db(), token.id))?.revokedBecause, "leaked");
    const [incident, ...others] = await incidents();
    assert.ok(incident);
    assert.equal(others.length, 0);
    assert.deepEqual([incident.action, incident.clause, incident.leaks], ["revoke", "immediate", 1]);
    const [leak] = await listLeaks(db(), incident.id);
    assert.deepEqual([leak?.place.path, leak?.place.line, leak?.place.column], ["deploy/settings.env", 2, 7]);
    assert.deepEqual(await mailsOf(incident.id), ["leak-found"]);
    assert.deepEqual(await actions(), [
      "Token.PatCreateEvent",
      "Token.PatPublicDiscoveryEvent",
      "Token.PatSystemRevokeEvent",
    ]);
    const [revoked, discovered] = await auditEvents(db(), scene.organization.id);
    assert.equal(discovered?.id, discovered?.correlationId);
    assert.equal(revoked?.correlationId, discovered?.id);
    assert.equal(
      discovered?.details,
      'Personal Access Token "ci" associated with user "Alice" was discovered in a public repository.',
    );
    assert.deepEqual(steps, ["fetched", "scanned", "verified", "decided", "revoked"]);
  });

  test("one token at two places of a line is two leaks of one incident", async () => {
    const { secret } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(`${secret.reveal()} ${secret.reveal()}`, 1)]));
    assert.deepEqual(
      (await incidents()).map(({ leaks }) => leaks),
      [2],
    );
  });

  test("a redelivered push changes nothing", async () => {
    const { secret } = await scene.mint();
    const river = scene.river([fileFragment(secret.reveal(), 1)]);
    const push = aPush();
    await handlePush(push, river);
    const before = [await actions(), await incidents()];
    scene.clock.passHours(1);
    await mode("notify_only");
    const { outcomes } = await handlePush(push, river);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === "recorded" && [outcome.isNew, outcome.revokedNow]),
      [[false, false]],
    );
    assert.deepEqual([(await actions()).filter((action) => action !== "Policy.Updated"), await incidents()], before);
  });

  test("a redelivered push changes nothing, also after a new pepper was put in front", async () => {
    const { secret } = await scene.mint();
    const fragments = [fileFragment(secret.reveal(), 1)];
    await handlePush(aPush(), scene.river(fragments));
    const peppers = new Peppers([{ id: "new", key: randomBytes(32) }, ...scene.peppers.keys]);
    const options = { ...scene.pat, peppers, ruleIds: ["patrol-token"] };
    const { outcomes } = await handlePush(
      aPush(),
      scene.river(fragments, { peppers, tokenStore: new BuiltInTokenStore(options) }),
    );
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === "recorded" && outcome.isNew),
      [false],
    );
    assert.equal((await incidents())[0]?.leaks, 1);
  });

  test("ten pushes of one token at once make one revocation, one mail and ten leaks", async () => {
    const { secret } = await scene.mint();
    const reports = await Promise.all(
      Array.from({ length: 10 }, (_, n) => handlePush(aPush(), scene.river([fileFragment(secret.reveal(), n + 1)]))),
    );
    const outcomes = reports.flatMap((report) => report.outcomes);
    assert.equal(outcomes.filter((outcome) => outcome.kind === "recorded" && outcome.revokedNow).length, 1);
    const [incident] = await incidents();
    assert.equal(incident?.leaks, 10);
    assert.deepEqual(await mailsOf(incident?.id ?? ""), ["leak-found"]);
    const counted = (await actions()).filter((action) => action === "Token.PatSystemRevokeEvent");
    assert.equal(counted.length, 1);
    const report = (await verifyAudit(db())).find((one) => one.organizationId === scene.organization.id);
    assert.deepEqual([report?.ok, report?.events], [true, 12]);
  });

  test("the same push handled by two workers at once is recorded once", async () => {
    const { secret } = await scene.mint();
    const river = scene.river([fileFragment(secret.reveal(), 1)]);
    const push = aPush();
    const reports = await Promise.all([1, 2, 3].map(() => handlePush(push, river)));
    const isNew = reports.flatMap(({ outcomes }) => outcomes).map((one) => one.kind === "recorded" && one.isNew);
    assert.deepEqual(isNew.sort(), [false, false, true]);
    assert.equal((await incidents())[0]?.leaks, 1);
  });

  test("what only looks like a token is dismissed and leaves no trace", async () => {
    const { secret } = await scene.mint();
    const stranger = await (await setScene(db())).mint();
    const text = `${withWrongChecksum(secret.reveal())}\nno tokens here`;
    const { outcomes } = await handlePush(aPush(), scene.river([fileFragment(text, 1)]));
    assert.deepEqual(outcomes, []);
    // Minted under another pepper: well formed, and not ours.
    const unknown = await handlePush(aPush(), scene.river([fileFragment(stranger.secret.reveal(), 2)]));
    assert.deepEqual(unknown.outcomes, [{ kind: "dismissed", clause: "not-ours" }]);
    assert.deepEqual(await incidents(), []);
  });

  test("clean objects are remembered, and those with a candidate are looked at again", async () => {
    const { secret } = await scene.mint();
    const clean = fileFragment("nothing", 1);
    const dirty = fileFragment(secret.reveal(), 2);
    await handlePush(aPush(), scene.river([clean, dirty]));
    assert.equal(scene.scanned.get(clean.provenance.object ?? ""), false);
    assert.equal(scene.scanned.get(dirty.provenance.object ?? ""), true);
  });

  test("an object that held a candidate at one place is looked at again, whatever it held at others, in any order", async () => {
    const { secret } = await scene.mint();
    // By its path a rule may pass over in one place what it finds in another.
    const [object, other] = ["a".repeat(40), "b".repeat(40)];
    const fragments = [
      fileFragment(secret.reveal(), 1, { object }),
      fileFragment("nothing", 2, { object }),
      fileFragment("nothing", 3, { object: other }),
      fileFragment(secret.reveal(), 4, { object: other }),
    ];
    await handlePush(aPush(), scene.river(fragments));
    assert.deepEqual([scene.scanned.get(object), scene.scanned.get(other)], [true, true]);
  });

  test("an object is remembered when what was found in it is recorded, and not before, however many there are", async () => {
    const { secret, token } = await scene.mint();
    const many = Array.from({ length: 2_100 }, (_, n) => fileFragment("nothing", n + 1));
    for (const at of [998, 999, 1_000, 2_099]) {
      const fragments = many.slice(0, at + 1);
      const last = fileFragment(secret.reveal(), at + 1);
      const broken = async () => await Promise.reject(new PatrolError("database-unavailable", "It went away."));
      const tokenStore = { answersFor: () => true, lookup: broken, lookupDigests: broken };
      await assert.rejects(handlePush(aPush(), scene.river([...fragments.slice(0, at), last], { tokenStore })), {
        code: "database-unavailable",
      });
      assert.equal(scene.scanned.get(last.provenance.object ?? ""), undefined, String(at));
      scene.scanned.clear();
    }
    assert.equal((await findToken(db(), token.id))?.state, "active");
  });

  test("an object that was scanned before the source failed is remembered, so that the next try gets further", async () => {
    const fragments = [fileFragment("first", 1), fileFragment("second", 2)];
    const source: PushSource = {
      heads: async () => [],
      async *fragments() {
        yield* fragments;
        throw new PatrolError("fetch-failed", "It took longer than the time limit.");
      },
    };
    await assert.rejects(handlePush(aPush(), scene.river([], { source })), /time limit/);
    assert.deepEqual(
      [...scene.scanned],
      fragments.map(({ provenance }) => [provenance.object, false]),
    );
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
    const [incident] = await incidents();
    assert.deepEqual([incident?.action, incident?.clause], ["review", "revoked-before"]);
    assert.deepEqual(await mailsOf(incident?.id ?? ""), []);
  });

  test("what a large file took of the engine's memory is let go of, and the next push is scanned all the same", async () => {
    const { secret, token } = await scene.mint();
    const rulebook = withEngine(checkedRulebook(builtInRules()), { keepsBytes: 64 << 20 });
    const held = () => (rulebook.engine?.core?.().memory.buffer.byteLength ?? 0) >> 20;
    const sizes: number[] = [];
    const observe = ({ step }: RiverEvent) => void (step === "scanned" && sizes.push(held()));
    const large = fileFragment(`${"filling\n".repeat(6 << 20)}${secret.reveal()}\n`, 1);
    await handlePush(aPush(), scene.river([large], { rulebook, observe }));
    assert.equal((await findToken(db(), token.id))?.state, "revoked");
    assert.ok(held() < 64, `${held()} MB`);
    const { outcomes } = await handlePush(
      aPush(),
      scene.river([fileFragment(secret.reveal(), 2)], { rulebook, observe }),
    );
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ["recorded"],
    );
    assert.ok((sizes[0] ?? 0) > 64 && (sizes[1] ?? 99) < 64, sizes.join());
  });

  test("pushes that are handled at once on one engine each tell their own, while others have it let go of its memory", async () => {
    const own = builtInRules().find(({ id }) => id === "patrol-token") ?? assert.fail();
    const block = { pattern: String.raw`OPEN-IT[\s\S]{10,}?SHUT-IT`, keywords: ["open-it"], checksum: undefined };
    const rules = [own, { ...own, ...block, id: "block", allowlists: [] }];
    const rulebook = withEngine(checkedRulebook(rules), { keepsBytes: 1 });
    const push = async (number: number) => {
      const { secret, token } = await scene.mint(`of push ${number}`);
      const texts = ["filling\n".repeat(number << 12), "OPEN-IT ".repeat(20_000), `key = ${secret.reveal()}\n`];
      const fragments = [...texts.keys()].map((at) =>
        fileFragment(texts[(at + number) % 3] ?? "", 10 * number + at, { path: `${number}/${(at + number) % 3}` }),
      );
      const { outcomes, skipped } = await handlePush(aPush(), scene.river(fragments, { rulebook }));
      const { state } = (await findToken(db(), token.id)) ?? assert.fail();
      return [outcomes.map(({ kind }) => kind), skipped.map(({ what }) => what), state];
    };
    const numbers = [1, 2, 3, 4, 5];
    const expected = numbers.map((number) => [["recorded"], [`${number}/1`], "revoked"]);
    assert.deepEqual(await Promise.all(numbers.map(push)), expected);
  });

  test("with a time of grace the owner is told first, and the token dies at the deadline", async () => {
    await mode("grace", 72);
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
    const [incident] = await incidents();
    assert.deepEqual(incident?.revokedAt, scene.clock.now(), "the incident does not say that it is over");
    assert.deepEqual((await mailsOf(incident?.id ?? "")).sort(), ["leak-found", "token-revoked"]);
    assert.deepEqual((await actions()).slice(2), [
      "Token.PatPublicDiscoveryEvent",
      "Token.LeakGraceStarted",
      "Token.PatPublicDiscoveryEvent",
      "Token.PatSystemRevokeEvent",
    ]);
  });

  test("an owner who revokes in time is not revoked again", async () => {
    await mode("grace", 1);
    const { secret, token } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    await revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
    scene.clock.passHours(2);
    assert.deepEqual(await revokeDue(scene.pat), []);
    assert.deepEqual((await actions()).slice(-2), ["Token.PatRevokeEvent", "Token.LeakGraceCancelled"]);
    const [incident] = await incidents();
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
    await mode("grace", 10);
    const { secret } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const [first] = await incidents();
    scene.clock.passHours(5);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    const [same] = await incidents();
    assert.deepEqual([same?.revokeAt, same?.policyVersion], [first?.revokeAt, first?.policyVersion]);
    await mode("grace", 2);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 3)]));
    scene.clock.passHours(2);
    assert.equal((await revokeDue(scene.pat)).length, 1);
    assert.equal((await actions()).filter((action) => action === "Token.LeakGraceStarted").length, 2);
  });

  test("an owner who revokes what nobody had planned to revoke calls nothing off, and a leak after that stays closed", async () => {
    await mode("notify_only");
    const { secret, token } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    await revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
    assert.deepEqual((await actions()).at(-1), "Token.PatRevokeEvent");
    await mode("immediate");
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    const [incident] = await incidents();
    assert.deepEqual([incident?.state, incident?.action, incident?.leaks], ["closed", "notify", 2]);
    assert.deepEqual(await mailsOf(incident?.id ?? ""), ["leak-found"]);
    assert.deepEqual((await actions()).at(-1), "Token.PatPublicDiscoveryEvent");
  });

  test("notify_only writes and leaves the token alone; a stricter policy at the next leak ends it", async () => {
    await mode("notify_only");
    const { secret } = await scene.mint();
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    assert.ok(await authorize(scene.pat, secret));
    await mode("immediate");
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 2)]));
    assert.equal(await authorize(scene.pat, secret), undefined);
    const [incident] = await incidents();
    assert.deepEqual((await mailsOf(incident?.id ?? "")).sort(), ["leak-found", "token-revoked"]);
    assert.deepEqual([incident?.action, incident?.policyVersion], ["revoke", 3]);
  });

  test("a token that was revoked or expired before is recorded, and nobody is written to", async () => {
    const { secret } = await scene.mint();
    scene.clock.passHours(24 * 31);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const [incident] = await incidents();
    assert.deepEqual([incident?.action, incident?.clause, incident?.leaks], ["review", "expired-before", 1]);
    assert.deepEqual(await mailsOf(incident?.id ?? ""), []);
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
    assert.equal((await incidents())[0]?.clause, "not-public");
    assert.deepEqual((await actions()).at(-1), "Token.PatPrivateDiscoveryEvent");
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
    assert.deepEqual((await actions()).slice(1), [
      "Token.PatPrivateDiscoveryEvent",
      "Token.PatPublicDiscoveryEvent",
      "Token.PatSystemRevokeEvent",
    ]);
    const [incident] = await incidents();
    assert.deepEqual([incident?.action, incident?.clause, incident?.leaks], ["revoke", "immediate", 1]);
    assert.equal((await listLeaks(db(), incident?.id ?? ""))[0]?.place.exposure, "public");
    assert.deepEqual((await mailsOf(incident?.id ?? "")).sort(), ["leak-found", "token-revoked"]);
  });

  test("what was skipped is told without the token in its name", async () => {
    const { secret } = await scene.mint();
    const source: PushSource = {
      heads: () => Promise.resolve([]),
      async *fragments(_, { skipped }) {
        skipped({ what: `file ${secret.reveal()}.bin`, why: "too large" });
        yield* await Promise.resolve([]);
      },
    };
    const { skipped } = await handlePush(aPush(), scene.river([], { source }));
    assert.deepEqual(skipped, [{ what: "file [patrol-token].bin", why: "too large" }]);
  });

  test("a file in which a rule was given up is named, and scanned again when it comes again", async () => {
    const [first] = builtInRules();
    assert.ok(first);
    const pattern = String.raw`OPEN-IT[\s\S]{10,}?SHUT-IT`;
    const rule = { ...first, id: "block", pattern, keywords: ["open-it"], checksum: undefined, allowlists: [] };
    const fragment = fileFragment("OPEN-IT ".repeat(20_000), 77);
    const rulebook = withEngine(checkedRulebook([rule]));
    const { skipped } = await handlePush(aPush(), scene.river([fragment], { rulebook }));
    assert.deepEqual(
      skipped.map(({ what }) => what),
      ["deploy/settings.env"],
    );
    assert.match(skipped[0]?.why ?? "", /not wholly looked at by the rule block/);
    assert.equal(scene.scanned.get(fragment.provenance.object ?? ""), true);
  });

  test("whatever a place is called, and whenever it says that it was written, its leak is recorded", async () => {
    const odd: Parameters<typeof fileFragment>[2][] = [
      { path: "x".repeat(100_000) },
      { path: "\u{1f511}".repeat(1_023) },
      // JSON may hold half of a pair, and a ref's name comes in it.
      { kind: "ref", path: undefined, ref: "refs/heads/\ud800" },
      { author: { name: "\udfff", email: "\0" } },
      { author: { name: "x".repeat(100_000), email: "x@example.org" } },
      ...[-1e12, 0, 1e15, 8.64e15, Number.NaN].map((at) => ({ authoredAt: new Date(at) })),
    ];
    const { secret } = await scene.mint();
    const { outcomes } = await handlePush(
      aPush(),
      scene.river(odd.map((more, n) => fileFragment(secret.reveal(), n + 1, more))),
    );
    assert.ok(outcomes.every((one) => one.kind === "recorded" && one.isNew));
    const leaks = await listLeaks(db(), (await incidents())[0]?.id ?? "");
    assert.equal(leaks.length, odd.length);
    for (const { place } of leaks)
      assert.ok([place.path ?? "", place.author ?? ""].every((text) => text.length <= 2_048));
    assert.equal((await verifyAudit(db())).find((one) => one.organizationId === scene.organization.id)?.ok, true);
  });

  test("a token in a path, a name or a branch is written down nowhere", async () => {
    const { secret } = await scene.mint();
    const text = secret.reveal();
    const place = { path: `a\u0000b/${text}/${text}.env`, author: { name: text, email: `${text}@x.example` } };
    await handlePush(aPush(), scene.river([fileFragment(text, 1, { ...place, repository: `mallory/${text}` })]));
    const [leak] = await listLeaks(db(), (await incidents())[0]?.id ?? "");
    assert.equal(leak?.place.path, "a\ufffdb/[patrol-token]/[patrol-token].env");
    assert.ok(!(await everything(db())).includes(text));
  });
});

/** Every value of every row of every table, as text. */
async function everything(db: Database): Promise<string> {
  const text = (value: unknown) => (Buffer.isBuffer(value) ? value.toString("latin1") : (JSON.stringify(value) ?? ""));
  const pieces: string[] = [];
  for (const { name } of await db.introspection.getTables()) {
    const rows = await db
      .selectFrom(name as "mails")
      .selectAll()
      .execute();
    pieces.push(...rows.flatMap((row) => Object.values(row).map(text)));
  }
  return pieces.join("\n");
}
