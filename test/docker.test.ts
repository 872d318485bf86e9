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

test("the image's program is found from whatever folder it is started in", () => {
  const entry = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(dockerfile)?.[1] ?? "[]") as string[];
  assert.deepEqual(entry, ["node", "/patrol/dist/patrol.cjs"]);
  assert.match(dockerfile, /^WORKDIR \/patrol$/m);
});

test("docs/settings.md names every setting, and only those", () => {
  const rows = readFileSync("docs/settings.md", "utf8").matchAll(/^\| (`[^|]+) \|/gm);
  const named = [...rows].flatMap((row) => [...(row[1] ?? "").matchAll(/`([A-Z_]+)`/g)].map((match) => match[1]));
  assert.deepEqual(named.sort(), [...SETTINGS].sort());
});

test("docs/dependencies.md says of every dependency what it earns", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, object>;
  const told = readFileSync("docs/dependencies.md", "utf8");
  const names = Object.keys({ ...dependencies, ...devDependencies });
  assert.deepEqual(
    names.filter((name) => !told.includes(`\`${name}\``)),
    [],
  );
});
