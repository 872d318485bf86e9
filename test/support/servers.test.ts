import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Redis } from "ioredis";
import { createTransport } from "nodemailer";
import { onTestFinished, test } from "vitest";
import { openChromium } from "./chromium.ts";
import { describeOnBothDatabases } from "./postgres.ts";
import { ownRedis, sharedRedis } from "./redis.ts";
import { startSmtp } from "./smtp.ts";

describeOnBothDatabases("A test's own database", (db) => {
  test("is migrated and empty", async () => {
    assert.deepEqual(await db().selectFrom("tokens").selectAll().execute(), []);
  });
});

const connect = (url: string) => {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  redis.on("error", () => {});
  onTestFinished(() => redis.disconnect());
  return redis;
};

test("the shared Redis refuses to evict", async () => {
  const { url, prefix } = await sharedRedis();
  const redis = connect(url);
  assert.deepEqual(await redis.config("GET", "maxmemory-policy"), ["maxmemory-policy", "noeviction"]);
  await redis.set(`${prefix}:key`, "value");
  assert.equal(await redis.get(`${prefix}:key`), "value");
});

for (const [appendOnly, kept] of [
  [true, "value"],
  [false, null],
] as const) {
  test(`an own Redis ${appendOnly ? "with" : "without"} an append-only file holds ${kept} after SIGKILL`, async () => {
    const server = await ownRedis({ appendOnly });
    onTestFinished(() => server.stop());
    const redis = connect(server.url);
    await redis.set("key", "value");
    await server.kill();
    await server.restart();
    assert.equal(await redis.get("key"), kept);
    await server.flush();
    assert.equal(await redis.get("key"), null);
  });
}

test("the SMTP server keeps mails, refuses on demand, and breaks off after it kept one", async () => {
  const smtp = await startSmtp();
  onTestFinished(() => smtp.close());
  const transport = createTransport(smtp.url);
  const send = (subject: string) => transport.sendMail({ from: "patrol@x.example", to: "a@x.example", subject });
  await send("one");
  smtp.failNext(1);
  await assert.rejects(send("two"), /451/);
  smtp.dropAfterData(1);
  await assert.rejects(send("three"));
  await send("four");
  assert.deepEqual(
    smtp.mails().map((mail) => [mail.to[0], mail.parsed.subject]),
    ["one", "three", "four"].map((subject) => ["a@x.example", subject]),
  );
});

const withPage = openChromium();

test("a real Chromium shows a page", async () => {
  const server = createServer((_, response) => response.end("<title>Patrol</title>")).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const title = await withPage(async (page) => {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return await page.title();
  });
  assert.equal(title, "Patrol");
});
