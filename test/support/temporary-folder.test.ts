import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, test } from "vitest";
import { temporaryFolder } from "./postgres.ts";

/** Resolves for all who wait when `count` of them do. */
function meeting(count: number): () => Promise<void> {
  let [waiting, open] = [0, () => {}];
  const met = new Promise<void>((resolve) => (open = resolve));
  return async () => {
    if (++waiting === count) open();
    await met;
  };
}

describe("a folder that one of several tests at a time asks for", () => {
  const [asked, ended] = [meeting(2), meeting(2)];

  test.concurrent("is there as long as that test runs", async () => {
    await asked();
    const folder = temporaryFolder();
    await ended();
    // The other test ends now, with all that it does at its end.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    assert.ok(existsSync(folder));
  });

  test.concurrent("is not taken for the folder of another, which ends earlier", async () => {
    await asked();
    await ended();
  });
});
