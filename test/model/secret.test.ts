import assert from "node:assert/strict";
import { test } from "vitest";
import { inspect } from "node:util";
import { Secret } from "../../src/model/secret.ts";

test("a secret shows itself in no text, log or error", () => {
  const secret = new Secret("hunter2");
  const error = new Error(`bad ${secret}`, { cause: { secret } });
  const shown = [
    `${secret}`,
    JSON.stringify({ secret }),
    JSON.stringify({ ...secret }),
    inspect([secret], { depth: 9, showHidden: true }),
    inspect(error),
  ];
  for (const text of shown) assert.ok(!text.includes("hunter2"), text);
});
