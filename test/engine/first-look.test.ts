import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { bakedImage, coreBinaries, LookCore } from "../../src/config/engine-files.ts";
import { Core } from "../../src/engine/core/core.ts";
import { FirstLook } from "../../src/engine/core/first-look.ts";
import { crcToken } from "../support/tokens.ts";

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(?:ts|yaml|md|mjs)$/.test(name))
    .map((name) => readFileSync(join(folder, name)));

/** Texts that reach the automata: tokens whole, cut short, in pieces and encoded, and files that speak of tokens. */
function texts(): Uint8Array[] {
  const token = crcToken(77);
  const variants = [token, token.slice(0, -1), token.slice(1), token.toUpperCase(), token.replace("_", "-")].flatMap(
    (text) => [text, Buffer.from(text).toString("base64"), Buffer.from(text).toString("hex"), `"${text}\\n`],
  );
  const made = variants.map((text) => Buffer.from(`const key = "${text}";\n`));
  return [...made, ...["rules", "src/engine", "test/rules", "docs"].flatMap(filesBelow)];
}

function builtIn(): Core {
  const look = new LookCore();
  look.loadBuiltIn();
  return look.core;
}

describe("a core that reads automata when it is about to run them", () => {
  test("says of every text what one says that has them all", () => {
    const whole = new Core(coreBinaries());
    whole.load(bakedImage(), []);
    const [short, long] = [new FirstLook(builtIn()), new FirstLook(whole)];
    const said = texts().map((bytes) => [short.isClean(bytes), long.isClean(bytes)] as const);
    assert.deepEqual(
      said.map(([isClean]) => isClean),
      said.map(([, isClean]) => isClean),
    );
    assert.ok(said.some(([isClean]) => isClean) && said.some(([isClean]) => !isClean));
  });

  test("finds in its first text what needs an automaton", () => {
    for (const bytes of texts().slice(0, 20)) {
      const whole = new Core(coreBinaries());
      whole.load(bakedImage(), []);
      assert.equal(new FirstLook(builtIn()).isClean(bytes), new FirstLook(whole).isClean(bytes));
    }
  });
});
