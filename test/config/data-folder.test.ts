import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished, test } from "vitest";
import { holdDataFolder, readHolder } from "../../src/config/data-folder.ts";
import { PatrolError } from "../../src/model/errors.ts";
import { temporaryFolder } from "../support/postgres.ts";

const inUse =
  (...parts: string[]) =>
  (error: unknown) =>
    error instanceof PatrolError &&
    error.code === "data-folder-in-use" &&
    parts.every((part) => error.message.includes(part));

/** Another process that takes the folder, says `held` or the error's code, and keeps it until it is killed. */
function otherProcess(folder: string): { child: ChildProcess; said: Promise<string> } {
  const script = `
    import { holdDataFolder } from ${JSON.stringify(join(process.cwd(), "src/config/data-folder.ts"))};
    try {
      await holdDataFolder(${JSON.stringify(folder)}, { address: "http://127.0.0.1:4242" });
      console.log("held");
      setInterval(() => {}, 60_000);
    } catch (error) {
      console.log(error.code);
    }`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = once(createInterface({ input: child.stdout }), "line").then(([line]) => String(line));
  return { child, said };
}

test("a data folder is its owner's alone, and one holder's at a time", async () => {
  const folder = join(temporaryFolder(), "data");
  const held = await holdDataFolder(folder, { address: "http://127.0.0.1:4242" });
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".json")))
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  await assert.rejects(holdDataFolder(folder), inUse(String(process.pid), "http://127.0.0.1:4242", "over its API"));
  await held.release();
  await (await holdDataFolder(folder)).release();
  assert.ok(readdirSync(folder).length <= 1, "what former holders left is cleared");
});

test("a command finds the running service and its token, and nobody once it has gone", async () => {
  const folder = temporaryFolder();
  assert.equal(await readHolder(join(folder, "nowhere")), undefined);
  const held = await holdDataFolder(folder);
  assert.equal(await readHolder(folder), undefined, "a command that holds the folder answers nobody");
  held.announce("http://127.0.0.1:5000");
  assert.deepEqual(await readHolder(folder), {
    pid: process.pid,
    url: "http://127.0.0.1:5000",
    controlToken: held.controlToken,
  });
  await held.release();
  assert.equal(await readHolder(folder), undefined);
});

test("another process is refused, and a killed one leaves the folder free", async () => {
  const folder = temporaryFolder();
  const { child, said } = otherProcess(folder);
  assert.equal(await said, "held");
  await assert.rejects(holdDataFolder(folder), inUse(String(child.pid)));
  assert.equal((await readHolder(folder))?.pid, child.pid);
  child.kill("SIGKILL");
  await once(child, "exit");
  assert.equal(await readHolder(folder), undefined);
  await (await holdDataFolder(folder)).release();
});

test("a record that a power cut emptied holds nobody up", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "holder.7.json"), "");
  assert.equal(await readHolder(folder), undefined);
  await (await holdDataFolder(folder)).release();
});

test("of many who come at once after a crash, one gets the folder", async () => {
  const folder = temporaryFolder();
  for (let round = 0; round < 5; round += 1) {
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => holdDataFolder(folder)));
    const held = results.filter((result) => result.status === "fulfilled");
    assert.equal(held.length, 1);
    for (const result of results) if (result.status === "rejected") assert.ok(inUse()(result.reason), result.reason);
    await held[0]?.value.release();
  }
});

test("a folder deeper than a socket's name may be long is held all the same", async () => {
  const folder = join(temporaryFolder(), "deep".repeat(20), "deeper".repeat(15));
  mkdirSync(folder, { recursive: true });
  const held = await holdDataFolder(folder);
  await assert.rejects(holdDataFolder(folder), inUse());
  await held.release();
  await (await holdDataFolder(folder)).release();
});
