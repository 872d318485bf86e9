import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, onTestFinished, test } from "vitest";
import { makeDelivery } from "../../src/github-stand-in/deliveries.ts";
import type { PushPayload } from "../../src/github-stand-in/push-payload.ts";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import { startedRepository } from "../support/started-repository.ts";
import { pushSchemaErrors } from "../support/push-schema.ts";

let standIn: GitHubStandIn;

beforeAll(async () => {
  standIn = await GitHubStandIn.start({ asApp: true });
});

afterAll(async () => {
  await standIn.close();
});

const ZEROS = "0".repeat(40);

/** The pushed payloads, each held against GitHub's schema. */
function payloadsOf(pushes: readonly { delivery?: { payload: PushPayload } }[]): PushPayload[] {
  return pushes.map(({ delivery }) => {
    assert.deepEqual(pushSchemaErrors(delivery?.payload), []);
    return delivery!.payload;
  });
}

describe("the event of a push says what really changed", () => {
  test("commits with their files, oldest first", async () => {
    const { copy } = await startedRepository(standIn);
    const before = await copy.head();
    await copy.write("a.txt", "a");
    const first = await copy.commit("add a");
    await copy.remove("a.txt");
    await copy.write("README.md", "new");
    const second = await copy.commit("change", { author: { name: "Bob", email: "bob@acme.example" } });
    const [payload] = payloadsOf(await copy.push("main"));
    assert.equal(payload!.ref, "refs/heads/main");
    assert.deepEqual([payload!.before, payload!.after], [before, second]);
    assert.deepEqual([payload!.created, payload!.deleted, payload!.forced], [false, false, false]);
    assert.deepEqual(
      payload!.commits.map(({ id, added, modified, removed, distinct, author }) => ({
        id,
        files: [added, modified, removed],
        distinct,
        author: author.name,
      })),
      [
        { id: first, files: [["a.txt"], [], []], distinct: true, author: "Alice Example" },
        { id: second, files: [[], ["README.md"], ["a.txt"]], distinct: true, author: "Bob" },
      ],
    );
    assert.equal(payload!.head_commit?.id, second);
    assert.equal(typeof payload!.installation?.id, "number");
  });

  test("a branch created, moved by force, and deleted; a tag", async () => {
    const { copy } = await startedRepository(standIn);
    const base = await copy.head();
    const [created] = payloadsOf(await copy.push("HEAD:refs/heads/topic"));
    assert.deepEqual(
      [created!.created, created!.before, created!.base_ref, created!.commits],
      [true, ZEROS, "refs/heads/main", []],
    );
    await copy.write("b.txt", "b");
    const ahead = await copy.commit("ahead");
    await copy.push("HEAD:refs/heads/topic");
    const [forced] = payloadsOf(await copy.forcePush(`${base}:refs/heads/topic`));
    assert.deepEqual([forced!.forced, forced!.before, forced!.after, forced!.commits], [true, ahead, base, []]);
    const [again] = payloadsOf(await copy.push(`${ahead}:refs/heads/other`));
    assert.deepEqual(
      again!.commits.map(({ id }) => id),
      [ahead],
    );
    const [deleted] = payloadsOf(await copy.push(":topic"));
    assert.deepEqual([deleted!.deleted, deleted!.after, deleted!.head_commit], [true, ZEROS, null]);
    const tag = await copy.tag("v1", "one");
    const [tagged] = payloadsOf(await copy.push("v1"));
    assert.deepEqual([tagged!.ref, tagged!.after, tagged!.commits], ["refs/tags/v1", tag, []]);
  });

  test("GitHub's limits: 2048 commits, 3000 files, three tags", async () => {
    const { copy } = await startedRepository(standIn);
    await copy.commits(2060, (n) => ({ message: `c ${n}`, path: `f-${n % 7}`, content: `${n}` }));
    const [many] = payloadsOf(await copy.push("main"));
    assert.equal(many!.commits.length, 2048);
    assert.equal(many!.commits.at(-1)!.id, many!.after);
    for (let n = 0; n < 3010; n += 1) await copy.write(`wide/${n}`, "");
    await copy.commit("wide");
    const [wide] = payloadsOf(await copy.push("main"));
    assert.equal(wide!.commits[0]!.added.length, 3000);
    for (const name of ["t1", "t2", "t3", "t4"]) await copy.tag(name);
    const tags = await copy.push("--tags");
    assert.deepEqual(
      tags.map(({ delivery, suppressed }) => [delivery, suppressed]),
      Array.from({ length: 4 }, () => [undefined, "more than three tags at once"]),
    );
  });
});

describe("deliveries", () => {
  let receiver: Server;
  let url: string;
  const received: { guid: string; isSigned: boolean }[] = [];
  let answer: number | "silence" = 202;

  beforeAll(async () => {
    receiver = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const mac = createHmac("sha256", "hook secret").update(Buffer.concat(chunks)).digest("hex");
        received.push({
          guid: String(request.headers["x-github-delivery"]),
          isSigned: request.headers["x-hub-signature-256"] === `sha256=${mac}`,
        });
        if (answer !== "silence") response.writeHead(answer).end();
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/webhooks/github`;
  });

  afterAll(() => {
    receiver.closeAllConnections();
    receiver.close();
  });

  test("a push is delivered by itself, signed; by hand it comes again and in any order", async () => {
    const { copy } = await startedRepository(standIn);
    const before = received.length;
    standIn.hook = { url, secret: "hook secret" };
    await copy.commit("one");
    const [first] = await copy.push("main");
    await standIn.settled();
    standIn.hook = undefined;
    await copy.commit("two");
    const [second] = await copy.push("main");
    standIn.hook = { url, secret: "hook secret" };
    await standIn.deliver(second!.delivery!);
    const again = await standIn.deliver(first!.delivery!);
    assert.deepEqual([again.status, again.isRedelivery], [202, true]);
    const guids = [first, second, first].map((push) => push!.delivery!.guid);
    assert.deepEqual(
      received.slice(before),
      guids.map((guid) => ({ guid, isSigned: true })),
    );
  });

  test("a receiver that is silent until the deadline has failed, and nobody tries again", async () => {
    const impatient = await GitHubStandIn.start({ hook: { url, secret: "hook secret" }, deadlineMs: 2_000 });
    answer = "silence";
    onTestFinished(() => void (answer = 202));
    const before = received.length;
    const attempt = await impatient.deliver(makeDelivery("ping", { zen: "Keep it logically awesome." }));
    assert.equal(attempt.status, undefined);
    assert.equal(received.length, before + 1);
    await impatient.close();
  });
});
