import assert from "node:assert/strict";
import { beforeEach, test } from "vitest";
import { withEngine } from "../../src/config/engine.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { findToken } from "../../src/db/tokens.ts";
import { checkedRulebook } from "../../src/engine/rulebook.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import type { RiverEvent } from "../../src/pipeline/river.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { aPush, fileFragment } from "../support/scene.ts";
import { type PushScene, setPushScene } from "../support/push-scene.ts";

describeOnBothDatabases("pushes on one engine", (db) => {
  let scene: PushScene;
  beforeEach(async () => {
    scene = await setPushScene(db());
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
});
