import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { relative } from "node:path";
import { describe, test } from "vitest";
import { keptInputs } from "./corpus.ts";
import { failure, inputsOf } from "./fuzz.ts";
import { TARGETS } from "./targets/index.ts";

/** Enough to notice a careless change; `npm run fuzz` looks for more. */
const ROUNDS = 200;

describe.each(Object.entries(TARGETS))("whatever bytes %s is given", (name, make) => {
  test("it reads or refuses them, and neither breaks, hangs nor tells a secret", async () => {
    const target = await make();
    const kept = keptInputs(name);
    for (const { file, bytes } of kept) {
      const error = await failure(target, bytes);
      if (error !== undefined) throw new Error(`${relative(".", file)} breaks it`, { cause: error });
    }
    let round = 0;
    const inputs = inputsOf(
      target,
      kept.map(({ bytes }) => bytes),
      1,
    );
    for (const input of inputs) {
      if (round++ >= (target.rounds ?? ROUNDS)) break;
      const error = await failure(target, input);
      if (error === undefined) continue;
      const shown = Buffer.from(input).toString("base64").slice(0, 4000);
      throw new Error(`round ${round} breaks it (npm run fuzz -- --target ${name}); base64: ${shown}`, {
        cause: error,
      });
    }
    target.close?.();
  });
});

test("the long form goes on for as long as it is told to, with the WebAssembly of the build", () => {
  const program = ["--import", "tsx", "test/fuzz/main.ts", "--target", "delta", "--seconds", "1"];
  assert.match(execFileSync(process.execPath, program, { encoding: "utf8" }), /^delta: [1-9]\d* inputs, 0 broke it\n$/);
});
