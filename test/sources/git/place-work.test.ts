import assert from "node:assert/strict";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import type { Engine, Rulebook } from "../../../src/engine/rulebook.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
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

test("among tens of thousands of names those that are secrets, and files whose modes are unusual, are told", async () => {
  const kit = new GitKit();
  const names = Array.from({ length: 40_000 }, (_, n) => `d${n % 7}/name-${n}`);
  names.splice(39_000, 0, `d1/${crcToken(1)}`);
  const commit = (number: number, lines: readonly string[]) =>
    `commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + number} +0000\ndata 1\nc\n${lines.join("\n")}\n`;
  const secret = `${crcToken(2)}\n`;
  kit.run(
    ["fast-import", "--quiet"],
    "blob\nmark :1\ndata 0\n" +
      `blob\nmark :2\ndata ${secret.length}\n${secret}` +
      commit(
        0,
        [names[0], names[1]].map((name) => `M 100644 :1 ${name}`),
      ) +
      commit(
        1,
        names.map((name) => `M 100644 :1 ${name}`),
      ) +
      commit(2, ["M 100755 :2 d2/program", `M 160000 ${"1".repeat(40)} d2/module`, "M 120000 :2 d3/link"]) +
      commit(3, ["D d2/module", "D d3/link", "M 100644 :1 d3/module"]),
  );
  kit.git("repack", "-adfq");
  const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook: withEngine(plain) });
  assert.deepEqual(
    candidates
      .map(({ provenance: { path, kind } }) => `${kind} ${path === names[39_000] ? "the secret" : path}`)
      .sort(),
    ["file d2/program", "file d3/link", "path the secret"],
  );
  assert.deepEqual(coverage.skipped, []);
});
