import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "vitest";
import { SECRETS, SETTINGS } from "../src/config/config.ts";

const dockerfile = readFileSync("Dockerfile", "utf8");

test("the image runs as a user without rights, and holds no secret", () => {
  const users = [...dockerfile.matchAll(/^USER (\S+)/gm)].map((match) => match[1]);
  assert.deepEqual(users, ["node"]);
  for (const name of SECRETS) assert.ok(!dockerfile.includes(name), name);
});

test("docs/settings.md names every setting, and only those", () => {
  const rows = readFileSync("docs/settings.md", "utf8").matchAll(/^\| (`[^|]+) \|/gm);
  const named = [...rows].flatMap((row) => [...(row[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map((match) => match[1]));
  assert.deepEqual(named.sort(), [...SETTINGS].sort());
});
