import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { withEngine } from "../../src/config/engine.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { findToken } from "../../src/db/tokens.ts";
import { checkedRulebook } from "../../src/engine/rulebook.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import type { PushSource } from "../../src/sources/source.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment } from "../support/scene.ts";
import { type PushScene, setPushScene } from "../support/push-scene.ts";

describeOnBothDatabases("of what a push brings again", (db) => {
  let scene: PushScene;
  beforeEach(async () => {
    scene = await setPushScene(db());
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
});
