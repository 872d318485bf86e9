import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../src/config/engine.ts";
import { bakedImage, newBakedCore } from "../../src/config/engine-files.ts";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { Core, PADDING } from "../../src/engine/core/core.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { crcToken } from "../support/tokens.ts";

test("automata of the built-in rules are read when they are about to run, and all of them for another thread", () => {
  const patterns = builtInRulebook().rules.map(({ pattern }) => pattern);
  const text = Buffer.from(`one\n"${crcToken(1)}"\n`);
  const found = (core: Core) => {
    const address = core.reserve(text.length + 2 * PADDING) + PADDING;
    new Uint8Array(core.memory.buffer).set(text, address);
    return core.scan(address, text.length);
  };
  const core = newBakedCore(patterns, 0);
  assert.equal(found(core), 1);
  const { module, image } = core.twin();
  assert.ok(Buffer.from(image).equals(bakedImage().subarray(0, image.length)));
  const other = new Core(module);
  other.load(image as Uint8Array<ArrayBuffer>, patterns);
  assert.equal(found(other), 1);
});

test("an engine's twin is sent to another thread without the rules that the build left in dist/, and with all others, and finds the same", () => {
  const text = `key = ${crcToken(1)}`;
  const builtIn = builtInRulebook();
  const [found] = withEngine(builtIn, { isBaked: true }).engine?.match(text, builtIn) ?? [];
  const few = compileRulebook([...builtIn.rules.slice(0, 9), found?.rule ?? assert.fail()]);
  for (const [rulebook, isBaked] of [
    [builtIn, true],
    [few, false],
  ] as const) {
    const { engine } = withEngine(rulebook, { isBaked });
    const sent = engine?.twin?.() ?? assert.fail();
    assert.equal(sent.image === undefined, isBaked);
    const twin = withEngine(rulebook, { twin: sent }).engine ?? assert.fail();
    assert.equal(twin.core?.().module, sent.module);
    assert.deepEqual(twin.match(text, rulebook), engine?.match(text, rulebook));
    assert.equal(twin.match(text, rulebook).length, 1);
  }
});
