import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { beforeEach, test } from "vitest";
import { verifyAudit } from "../../src/db/audit-log.ts";
import { auditEvents } from "../support/audit.ts";
import type { Database } from "../../src/db/database.ts";
import { listLeaks } from "../../src/db/leaks.ts";
import { findToken } from "../../src/db/tokens.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import type { RiverEvent } from "../../src/pipeline/river.ts";
import type { PushSource } from "../../src/sources/source.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment, setScene } from "../support/scene.ts";
import { BuiltInTokenStore } from "../../src/tokens/built-in/token-store.ts";
import { Peppers } from "../../src/tokens/peppers.ts";
import { withWrongChecksum } from "../support/tokens.ts";
import { type PushScene, setPushScene } from "../support/push-scene.ts";

describeOnBothDatabases("a push", (db) => {
  let scene: PushScene;
  beforeEach(async () => {
    scene = await setPushScene(db());
  });

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
    const [incident, ...others] = await scene.incidents();
    assert.ok(incident);
    assert.equal(others.length, 0);
    assert.deepEqual([incident.action, incident.clause, incident.leaks], ["revoke", "immediate", 1]);
    const [leak] = await listLeaks(db(), incident.id);
    assert.deepEqual([leak?.place.path, leak?.place.line, leak?.place.column], ["deploy/settings.env", 2, 7]);
    assert.deepEqual(await scene.mailsOf(incident.id), ["leak-found"]);
    assert.deepEqual(await scene.actions(), [
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
      (await scene.incidents()).map(({ leaks }) => leaks),
      [2],
    );
  });

  test("a redelivered push changes nothing", async () => {
    const { secret } = await scene.mint();
    const river = scene.river([fileFragment(secret.reveal(), 1)]);
    const push = aPush();
    await handlePush(push, river);
    const before = [await scene.actions(), await scene.incidents()];
    scene.clock.passHours(1);
    await scene.mode("notify_only");
    const { outcomes } = await handlePush(push, river);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === "recorded" && [outcome.isNew, outcome.revokedNow]),
      [[false, false]],
    );
    assert.deepEqual(
      [(await scene.actions()).filter((action) => action !== "Policy.Updated"), await scene.incidents()],
      before,
    );
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
    assert.equal((await scene.incidents())[0]?.leaks, 1);
  });

  test("ten pushes of one token at once make one revocation, one mail and ten leaks", async () => {
    const { secret } = await scene.mint();
    const reports = await Promise.all(
      Array.from({ length: 10 }, (_, n) => handlePush(aPush(), scene.river([fileFragment(secret.reveal(), n + 1)]))),
    );
    const outcomes = reports.flatMap((report) => report.outcomes);
    assert.equal(outcomes.filter((outcome) => outcome.kind === "recorded" && outcome.revokedNow).length, 1);
    const [incident] = await scene.incidents();
    assert.equal(incident?.leaks, 10);
    assert.deepEqual(await scene.mailsOf(incident?.id ?? ""), ["leak-found"]);
    const counted = (await scene.actions()).filter((action) => action === "Token.PatSystemRevokeEvent");
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
    assert.equal((await scene.incidents())[0]?.leaks, 1);
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
    assert.deepEqual(await scene.incidents(), []);
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
    const leaks = await listLeaks(db(), (await scene.incidents())[0]?.id ?? "");
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
    const [leak] = await listLeaks(db(), (await scene.incidents())[0]?.id ?? "");
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
