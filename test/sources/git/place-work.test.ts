import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import type { Engine, Rulebook } from "../../../src/engine/rulebook.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, rulebook as plain } from "./git-kit.ts";
import { Drawing, told } from "./place-kit.ts";

/** The rulebook, and how many bytes its engine was given outside of the packs. */
function counting(): { rulebook: Rulebook; bytes: () => number } {
  const { engine, ...rulebook } = withEngine(plain);
  const inner = engine as Engine;
  let bytes = 0;
  const counted: Engine = {
    match(text, of) {
      bytes += text.length;
      return inner.match(text, of);
    },
    matchEach(texts, of, around) {
      for (const text of texts) bytes += text.length;
      return inner.matchEach(texts, of, around);
    },
    core: () => (inner.core as NonNullable<Engine["core"]>)(),
  };
  return { rulebook: { ...rulebook, engine: counted }, bytes: () => bytes };
}

test("a file with thousands of secrets is not scanned anew for each that an edit adds", async () => {
  const kit = new GitKit();
  const drawing = new Drawing();
  const lines = Array.from({ length: 2000 }, (_, n) => `key${n} = ${crcToken(n)}`);
  const expected = lines.map((line, n) => `c0 a.txt ${n + 1}.${line.indexOf("npm_") + 1}-${n + 1}.${line.length}`);
  let head = drawing.commit("c0", { "a.txt": lines.join("\n") });
  for (let edit = 1; edit <= 60; edit++) {
    const at = (edit * 997) % lines.length;
    lines.splice(at, 0, `more = ${crcToken(5000 + edit)}`);
    head = drawing.commit(`c${edit}`, { "a.txt": lines.join("\n") }, { parents: [head] });
    expected.push(`c${edit} a.txt ${at + 1}.8-${at + 1}.47`);
  }
  const ids = drawing.write(kit, [head]);
  kit.git("repack", "-adfq", "--depth=50");
  const { rulebook, bytes } = counting();
  const found = await told(kit, ids, { rulebook });
  assert.deepEqual(
    found.map((line) => line.slice(0, line.lastIndexOf(" "))),
    expected,
  );
  const size = lines.join("\n").length;
  assert.ok(bytes() < 3 * size, `${bytes()} bytes of a file of ${size} were looked at`);
});
