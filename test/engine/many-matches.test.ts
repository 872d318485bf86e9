import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { builtInRules } from "../../src/config/rulebook.ts";
import { createCore, withEngine } from "../../src/config/engine.ts";
import { PADDING } from "../../src/engine/core/core.ts";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { decodingAtMost } from "../support/decoded.ts";

const rulebookOf = (toml: string) =>
  withEngine(compileRulebook(parseGitleaksToml(toml, { path: "own.toml", builtIn: () => [] }).rules));

const RULE = `[[rules]]\nid = "own"\nregex = '''own_([a-z0-9]{8})'''\n`;
const secret = (i: number) => `own_${i.toString(36).padStart(8, "q")} `;
const many = (count: number) => Array.from({ length: count }, (_, i) => secret(i)).join("");
const found = (text: string, toml: string, path?: string) =>
  scan(
    { bytes: Buffer.from(text), provenance: { kind: "file", ...(path !== undefined && { path }) } },
    rulebookOf(toml),
  );

describe("thousands of matches", () => {
  test("on one line of a megabyte ask a pattern for lines once", () => {
    // Once a match, the pattern would read five gigabytes.
    const toml = `${RULE}[[rules.allowlists]]\nregexTarget = "line"\nregexes = ['''nothing.{0,9}here''']\n`;
    const text = many(4_000).padEnd(1_400_000, "word ");
    assert.equal(found(text, toml).length, 4_000);
    assert.equal(found(`${text} nothing here`, toml).length, 0);
    assert.equal(found(`${text} nothing here\n${secret(1)}`, toml).length, 1);
  });

  test("in encoded runs within a run of a megabyte have that decoded once", async () => {
    const lines = Array.from({ length: 3_000 }, (_, i) => `key=${secret(i).trim().replace("o", "%6f")}`);
    const text = `${lines.join("\\n")}\\n${"x".repeat(900_000)}`;
    const rule = RULE.replace("own_", "\\bown_");
    // Once a match, it would be three gigabytes.
    assert.equal((await decodingAtMost(5 * text.length, () => found(text, rule))).length, 3_000);
  });

  test("begin in one word of many kilobytes without its being walked back from each", () => {
    const core = createCore(builtInRules());
    const seenOf = (count: number) => {
      const text = Buffer.from("https://".repeat(count));
      const address = core.reserve(text.length + 2 * PADDING) + PADDING;
      new Uint8Array(core.memory.buffer).set(text, address);
      const before = core.bytesSeen + core.steps;
      assert.equal(core.scan(address, text.length), 0);
      assert.deepEqual(core.takeExceeded(), []);
      return (core.bytesSeen + core.steps - before) / text.length;
    };
    // Once a beginning, it would be half of the text for each of them.
    assert.ok(seenOf(20_000) < 1.1 * seenOf(5_000), "in proportion to the text");
  });

  test("count beside a helper that is near enough, and not beside thousands that are not", () => {
    const helper = `[[rules]]\nid = "helper"\nregex = '''help_[0-9]{4}'''\nskipReport = true\n`;
    const near = (text: string, by: string) =>
      found(text, `${RULE}[[rules.required]]\nid = "helper"\n${by}\n${helper}`).length;
    const apart = `${many(4_000).replaceAll(" ", "\n")}${"\n".repeat(9)}${"help_1234\n".repeat(4_000)}`;
    assert.equal(near(apart, "withinLines = 9"), 0);
    assert.equal(near(apart, "withinLines = 10"), 1);
    assert.equal(near(`${many(4_000)}${"help_1234 ".repeat(4_000)}`, "withinColumns = 2"), 1);
    assert.equal(near(apart, "withinColumns = 2"), 4_000);
  });
});

test("thousands of changed places in one long word are looked at without going through it for each", () => {
  const core = createCore(builtInRules());
  core.remember((length) => Buffer.alloc(length, 7), 1 << 12);
  const random = seededRandom(3);
  const text = Buffer.from(Array.from({ length: 1 << 20 }, () => 97 + Math.floor(random() * 26)));
  const parts = core.reserve(8 * 4_000);
  const address = core.reserve(text.length + 2 * PADDING) + PADDING;
  new Uint8Array(core.memory.buffer).set(text, address);
  const places = Array.from({ length: 4_000 }, (_, i) => [200 * i, 200 * i + 3]);
  new Uint32Array(core.memory.buffer, parts, 8_000).set(places.flat());
  assert.equal(core.winnow(address, text.length, parts, places.length, 5), 0);
  assert.ok(core.bytesSeen < 4 * text.length, `${core.bytesSeen / text.length} times`);
});

test("a path that no system can hold is known by its beginning and its end", () => {
  const toml = (path: string) => `${RULE}path = '''${path}'''\n`;
  const long = `${"deep/".repeat(200_000)}a.js`;
  assert.equal(found(secret(1), toml("^deep/.*\\.js$"), long).length, 1);
  assert.equal(found(secret(1), toml("\\.ts$"), long).length, 0);
});
