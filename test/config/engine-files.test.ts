import assert from "node:assert/strict";
import { test } from "vitest";
import { bakedImage, newBakedCore } from "../../src/config/engine-files.ts";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { Core, PADDING } from "../../src/engine/core/core.ts";
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
