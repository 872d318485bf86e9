import assert from "node:assert/strict";
import { createHmac, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, test } from "vitest";
import { createAdministrator } from "../../src/db/administrators.ts";
import { keepDelivery } from "../../src/db/deliveries.ts";
import type { Database } from "../../src/db/database.ts";
import { isSigned, parseSignature } from "../../src/http/github/signature.ts";
import { Secret } from "../../src/model/secret.ts";
import { isPush } from "../../src/model/push.ts";
import { unsealPush } from "../../src/pipeline/sealed-push.ts";
import type { Job } from "../../src/queue/jobs.ts";
import { recorder } from "../conformance/queue.ts";
import { headersOf, NEW_HEAD, OLD_HEAD, OLD_SECRET, pushPayload, sign, startEdge } from "../support/edge.ts";
import { freshDatabase } from "../support/postgres.ts";

let db: Database;
let edge: Awaited<ReturnType<typeof startEdge>>;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ db, close } = await freshDatabase());
  edge = await startEdge(db);
});
afterAll(async () => {
  await edge.close();
  await close();
});

async function post(body: string | Buffer, headers: Record<string, string | undefined> = {}) {
  const response = await fetch(`${edge.url}/webhooks/github`, {
    method: "POST",
    body,
    headers: headersOf(body, headers),
  });
  const json = (await response.json()) as { error?: { code: string; message: string } } & Record<string, unknown>;
  const retryAfter = response.headers.get("retry-after");
  return { status: response.status, json, code: json.error?.code, message: json.error?.message ?? "", retryAfter };
}

const rows = async () => await db.selectFrom("deliveries").selectAll().execute();

describe("a signed push", () => {
  test("is in the inbox, sealed, when GitHub hears 202, and a worker is woken", async () => {
    const woken: Job[] = [];
    const heard = recorder();
    const consumer = await edge.queue.consume(
      async (job) => {
        woken.push(job);
        await heard.handle(job);
      },
      { concurrency: 1 },
    );
    const delivery = randomUUID();
    const body = JSON.stringify(pushPayload({ ref: "refs/heads/näme\u0000\n", installation: { id: 99 } }));
    const answer = await post(body, { "x-github-delivery": delivery.toUpperCase() });
    assert.deepEqual([answer.status, answer.json], [202, { delivery }]);
    const row = await db.selectFrom("deliveries").selectAll().where("id", "=", delivery).executeTakeFirstOrThrow();
    assert.deepEqual([row.event, row.repository_id, row.state], ["push", 7, "new"]);
    assert.ok(row.sealed && !row.sealed.includes("acme/site"));
    const push = unsealPush(edge.peppers, { id: delivery, sealed: row.sealed, receivedAt: row.received_at });
    assert.deepEqual(push, {
      deliveryId: delivery,
      receivedAt: row.received_at,
      repositoryId: 7,
      repository: "acme/site",
      exposure: "public",
      defaultBranch: "main",
      ref: "refs/heads/näme\u0000\n",
      before: OLD_HEAD,
      after: NEW_HEAD,
      forced: false,
      commitCount: 1,
      installationId: 99,
    });
    // Jobs of other deliveries may have waited before it.
    const isThis = (job: Job) => "deliveryId" in job && job.deliveryId === delivery;
    await heard.until(() => woken.some(isThis));
    assert.deepEqual(woken.filter(isThis), [{ name: "handle-delivery", deliveryId: delivery }]);
    await consumer.stop();
  });

  test("may be signed with any of the secrets, so that they can be rotated", async () => {
    const body = JSON.stringify(pushPayload());
    assert.equal((await post(body, { "x-hub-signature-256": sign(body, OLD_SECRET) })).status, 202);
    assert.equal((await post(body, { "x-hub-signature-256": sign(body, "a third one") })).status, 401);
  });

  test("says in any letters, and with any parameters, that it is JSON", async () => {
    const body = JSON.stringify(pushPayload());
    assert.equal((await post(body, { "content-type": "Application/JSON; charset=utf-8" })).status, 202);
  });

  test("that comes many times is one row", async () => {
    const before = (await rows()).length;
    const body = JSON.stringify(pushPayload());
    const id = { "x-github-delivery": randomUUID() };
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(body, id)));
    assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([202]));
    assert.equal((await rows()).length, before + 1);
    // A GUID is a number, however it is written.
    await post(body, { "x-github-delivery": id["x-github-delivery"].toUpperCase() });
    assert.equal((await rows()).length, before + 1);
  });

  test("of a new ref has no before, of a deleted one no after, and may list no commits", async () => {
    const none = "0".repeat(40);
    for (const [change, expected] of [
      [
        { before: none, commits: [] },
        { before: undefined, after: NEW_HEAD },
      ],
      [
        { after: none, commits: undefined, forced: true },
        { before: OLD_HEAD, after: undefined },
      ],
      [
        { after: "c".repeat(64), before: "0".repeat(64) },
        { before: undefined, after: "c".repeat(64) },
      ],
    ] as const) {
      const id = randomUUID();
      assert.equal((await post(JSON.stringify(pushPayload(change)), { "x-github-delivery": id })).status, 202);
      const row = await db.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
      const push = unsealPush(edge.peppers, { id, sealed: row.sealed ?? Buffer.of(), receivedAt: row.received_at });
      assert.ok(isPush(push));
      assert.deepEqual({ before: push.before, after: push.after }, expected);
    }
  });

  test("of a repository with an odd but real name is taken", async () => {
    for (const name of [
      "acme/.github",
      "a/b",
      "acme_corp/x-1._",
      "acme/a--b",
      "acme/-",
      "acme/-x",
      "acme/a..b",
      "acme/...",
      `o/${"n".repeat(100)}`,
    ])
      assert.equal((await post(JSON.stringify(pushPayload({ repository: { full_name: name } })))).status, 202, name);
  });
});

/** What the inbox holds of a payload, once it is open. */
async function keptOf(event: string, payload: object) {
  const id = randomUUID();
  const answer = await post(JSON.stringify(payload), { "x-github-event": event, "x-github-delivery": id });
  assert.deepEqual([answer.status, answer.json], [202, { delivery: id }]);
  const row = await db.selectFrom("deliveries").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const told = unsealPush(edge.peppers, { id, sealed: row.sealed ?? Buffer.of(), receivedAt: row.received_at });
  return { row, told };
}

describe("who could read what was pushed", () => {
  test.each([
    [{ visibility: "public", private: false }, "public"],
    [{ visibility: "internal", private: true }, "internal"],
    [{ visibility: "private", private: true }, "private"],
    // Of before there was `visibility`, or a word that is newer than this program.
    [{ visibility: undefined, private: true }, "private"],
    [{ visibility: "partners", private: true }, "private"],
    [{ visibility: undefined, private: false }, "public"],
    // Where nothing is said, the careful guess.
    [{ visibility: undefined, private: undefined }, "public"],
  ] as const)("%j: %s", async (repository, exposure) => {
    assert.equal((await keptOf("push", pushPayload({ repository }))).told.exposure, exposure);
  });

  test("and whether history was rewritten is kept", async () => {
    const { told } = await keptOf("push", pushPayload({ forced: true }));
    assert.ok(isPush(told) && told.forced);
  });
});

describe("a repository that is made public", () => {
  const { repository } = pushPayload() as { repository: object };

  test.each([
    ["public", undefined],
    ["repository", "publicized"],
  ])("is kept as such when %s tells of it", async (event, action) => {
    const { row, told } = await keptOf(event, {
      action,
      repository: { ...repository, visibility: "private", private: true },
      installation: { id: 99 },
    });
    assert.deepEqual([row.event, row.action, row.repository_id, row.state], [event, action ?? null, 7, "new"]);
    assert.deepEqual(told, {
      deliveryId: row.id,
      receivedAt: row.received_at,
      repositoryId: 7,
      repository: "acme/site",
      exposure: "public",
      defaultBranch: "main",
      installationId: 99,
    });
  });

  test("is refused where its name is none", async () => {
    const payload = { repository: { ...repository, full_name: "../site" } };
    const answer = await post(JSON.stringify(payload), { "x-github-event": "public" });
    assert.deepEqual([answer.status, answer.code], [400, "payload-invalid"]);
    assert.match(answer.message, /The event cannot be read: repository\.full_name/);
  });
});

describe("other events", () => {
  test.each(["created", "privatized", "renamed", undefined])("a repository that was %s is not kept", async (action) => {
    const before = (await rows()).length;
    const answer = await post(JSON.stringify({ ...pushPayload(), action }), { "x-github-event": "repository" });
    assert.deepEqual([answer.status, answer.json["ignored"]], [202, true]);
    assert.equal((await rows()).length, before);
  });

  test("a ping is answered", async () => {
    const answer = await post('{"zen":"Keep it simple."}', { "x-github-event": "ping" });
    assert.deepEqual([answer.status, answer.json], [200, { pong: true }]);
  });

  test("an event that Patrol does not read is accepted and not kept", async () => {
    const before = (await rows()).length;
    const answer = await post("{}", { "x-github-event": "some_event_of_next_year" });
    assert.equal(answer.status, 202);
    assert.equal(answer.json["ignored"], true);
    assert.equal((await rows()).length, before);
  });
});

describe("a request that is not as GitHub's is refused, keeps nothing and is told why", () => {
  const valid = JSON.stringify(pushPayload());
  const cases: [string, number, string, RegExp, string | Buffer, Record<string, string | undefined>][] = [
    [
      "a form",
      415,
      "content-type-unsupported",
      /application\/json/,
      valid,
      { "content-type": "application/x-www-form-urlencoded" },
    ],
    [
      "no content type",
      415,
      "content-type-unsupported",
      /Content-Type/,
      Buffer.from(valid),
      { "content-type": undefined },
    ],
    ["a compressed body", 415, "content-type-unsupported", /compressed/, valid, { "content-encoding": "gzip" }],
    ["no event", 400, "header-missing", /X-GitHub-Event/, valid, { "x-github-event": undefined }],
    ["an odd event", 400, "header-invalid", /X-GitHub-Event/, valid, { "x-github-event": "../push" }],
    ["no delivery", 400, "header-missing", /X-GitHub-Delivery/, valid, { "x-github-delivery": undefined }],
    [
      "a delivery that is no GUID",
      400,
      "header-invalid",
      /X-GitHub-Delivery/,
      valid,
      { "x-github-delivery": "1; drop" },
    ],
    ["no signature", 400, "header-missing", /X-Hub-Signature-256/, valid, { "x-hub-signature-256": undefined }],
    [
      "a SHA-1 signature",
      400,
      "header-invalid",
      /X-Hub-Signature-256/,
      valid,
      { "x-hub-signature-256": `sha1=${"0".repeat(40)}` },
    ],
    ["a short signature", 400, "header-invalid", /X-Hub-Signature-256/, valid, { "x-hub-signature-256": "sha256=00" }],
    [
      "another's signature",
      401,
      "signature-invalid",
      /webhook secret/,
      valid,
      { "x-hub-signature-256": sign("other") },
    ],
    ["truncated JSON", 400, "body-not-json", /ends at byte 20/, valid.slice(0, 20), {}],
    ["broken JSON", 400, "body-not-json", /at byte 10/, '{"ref":"x"hunter2}', {}],
    ["an empty body", 400, "body-not-json", /ends at byte 0/, "", {}],
    [
      "bytes that are no text",
      400,
      "body-not-json",
      /UTF-8 at byte 8/,
      Buffer.from([...Buffer.from('{"ref":"'), 0xff, 0x22, 0x7d]),
      {},
    ],
    ["JSON that is no push", 400, "payload-invalid", /ref/, "{}", {}],
    ["JSON that is a list", 400, "payload-invalid", /the payload/, "[1]", {}],
  ];
  test.each(cases)("%s: %i %s", async (_, status, code, message, body, headers) => {
    const before = (await rows()).length;
    const answer = await post(body, headers);
    assert.deepEqual([answer.status, answer.code], [status, code]);
    assert.match(answer.message, message);
    assert.ok(!answer.message.includes("hunter2"), "the message quotes nothing of the body");
    assert.equal(answer.retryAfter, null, "who sends it again is refused again");
    assert.equal((await rows()).length, before);
  });

  const names = ["acme", "acme/site/x", "acme/..", "../site", "./site", "acme/.", "acme/si te"];
  names.push(
    "acme/site\n",
    "acme/site;id",
    "acme/$(id)",
    "acme/s\u0131te",
    "/site",
    "acme/",
    "a@b/site",
    "acme/site?x",
    `o/${"n".repeat(101)}`,
  );
  test.each(names)("the repository name %j", async (name) => {
    const answer = await post(JSON.stringify(pushPayload({ repository: { full_name: name } })));
    assert.deepEqual([answer.status, answer.code], [400, "payload-invalid"]);
    assert.match(answer.message, /repository\.full_name/);
  });

  test.each(["HEAD", "a".repeat(39), `${"a".repeat(40)}\n`, "--upload-pack=x", "A".repeat(40)])(
    "the object id %j",
    async (id) => {
      const answer = await post(JSON.stringify(pushPayload({ after: id })));
      assert.equal(answer.status, 400);
      assert.match(answer.message, /after/);
    },
  );

  test("an unknown address", async () => {
    const response = await fetch(`${edge.url}/webhooks/elsewhere`);
    assert.equal(response.status, 404);
    assert.equal(((await response.json()) as { error: { code: string } }).error.code, "not-found");
  });
});

test("GitHub's published example of a signature holds, and any changed byte does not", () => {
  const body = Buffer.from("Hello, World!");
  const signature = parseSignature("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
  const secret = new Secret("It's a Secret to Everybody");
  assert.equal(isSigned(body, signature, [secret]), true);
  assert.equal(isSigned(body, signature, [new Secret("wrong"), secret]), true);
  assert.equal(isSigned(Buffer.from("Hello, World"), signature, [secret]), false);
  assert.equal(isSigned(body, signature, []), false);
  for (const at of signature.keys()) {
    const changed = Buffer.from(signature);
    changed[at]! ^= 1;
    assert.equal(isSigned(body, changed, [secret]), false, `byte ${at}`);
  }
});

test("the signature is over bytes: text that decodes the same is not the same", () => {
  const secret = new Secret("s");
  const [invalid, mended] = [Buffer.from([0x22, 0xff, 0x22]), Buffer.from('"\ufffd"')];
  assert.equal(invalid.toString(), mended.toString());
  const signature = createHmac("sha256", "s").update(invalid).digest();
  assert.equal(isSigned(invalid, signature, [secret]), true);
  assert.equal(isSigned(mended, signature, [secret]), false);
});

test("a delivery that an administrator replays wakes a worker", async () => {
  const woken: string[] = [];
  const waking = await startEdge(db, { wake: async (id) => void woken.push(id) });
  const id = randomUUID();
  await keepDelivery(db, { id, event: "push", sealed: Buffer.from("sealed") });
  const authorization = `Bearer ${(await createAdministrator(db, "ada")).reveal()}`;
  const url = `${waking.url}/api/v1/deliveries/${id}/replay`;
  const answer = await fetch(url, { method: "POST", headers: { authorization } });
  assert.deepEqual([answer.status, woken], [200, [id]]);
  await waking.close();
});
