import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { openWorkFolder } from "../../src/config/work-folder.ts";
import { temporaryFolder } from "../support/postgres.ts";

const data = temporaryFolder();

test("what a dead process had fetched is removed, and what a living one fetches is left alone", async () => {
  const dead = join(data, "fetch", "4242-0123456789ab");
  mkdirSync(join(dead, "objects"), { recursive: true });
  writeFileSync(join(dead, "objects", "pack"), "content");
  writeFileSync(`${dead}.sock`, "");
  const first = await openWorkFolder(data);
  writeFileSync(join(first.path, "file"), "content");
  const second = await openWorkFolder(data);
  assert.deepEqual(
    readdirSync(join(data, "fetch")).filter((name) => name.startsWith("4242")),
    [],
  );
  assert.deepEqual(readdirSync(first.path), ["file"]);
  await first.release();
  await second.release();
  assert.deepEqual(readdirSync(join(data, "fetch")), []);
});
