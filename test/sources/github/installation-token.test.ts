import assert from "node:assert/strict";
import { createServer, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, test } from "vitest";
import { GitHubStandIn } from "../../../src/github-stand-in/stand-in.ts";
import { PatrolError } from "../../../src/model/errors.ts";
import { Secret } from "../../../src/model/secret.ts";
import { cloneUrl } from "../../../src/sources/github/clone-url.ts";
import { createInstallationTokens } from "../../../src/sources/github/installation-token.ts";
import { fetchPush, holding, pushOf } from "../../support/fetched.ts";
import { startedRepository } from "../../support/started-repository.ts";

let standIn: GitHubStandIn;
let stranger: GitHubStandIn;

beforeAll(async () => {
  [standIn, stranger] = await Promise.all([GitHubStandIn.start({ asApp: true }), GitHubStandIn.start()]);
});

afterAll(async () => {
  await Promise.all([standIn.close(), stranger.close()]);
});

afterEach(() => {
  standIn.tokenTrouble = undefined;
});

const tokens = (privateKey = standIn.app.privateKey, answerMs?: number) =>
  createInstallationTokens({
    appId: String(standIn.app.id),
    privateKey: new Secret(privateKey),
    apiUrl: standIn.apiUrl,
    ...(answerMs === undefined ? {} : { answerMs }),
  });

test("a private repository is fetched with a token that opens that repository alone", async () => {
  const { repository, copy } = await startedRepository(standIn, { visibility: "private" });
  await copy.write("private.txt", "find-me-marker");
  await copy.commit("private");
  const [push] = await copy.push("main");
  const fetched = await fetchPush(standIn, pushOf(push!), { tokenFor: tokens() });
  assert.equal(holding(fetched, "find-me-marker", "file").length, 1);
  assert.equal(repository.visibility, "private");
  assert.deepEqual(standIn.tokenRequests.at(-1), {
    repository_ids: [repository.id],
    permissions: { contents: "read" },
  });

  const other = await startedRepository(standIn, { visibility: "private" });
  await other.copy.commit("other");
  const [otherPush] = await other.copy.push("main");
  const tokenOfFirst = await tokens()(pushOf(push!));
  await assert.rejects(
    fetchPush(standIn, pushOf(otherPush!), { tokenFor: () => Promise.resolve(tokenOfFirst) }),
    (error) => error instanceof PatrolError && error.code === "repository-gone",
  );
});

test("a private repository that was renamed is read at the address that the server names", async () => {
  const { repository, copy } = await startedRepository(standIn, { visibility: "private" });
  await copy.write("private.txt", "find-me-marker");
  await copy.commit("private");
  const [push] = await copy.push("main");
  const old = await standIn.createRepository("acme/old-name", { visibility: "private" });
  old.trouble = { movedTo: `${standIn.url}/${repository.fullName}.git` };
  // What GitHub sent before the name was changed.
  const earlier = { ...pushOf(push!), repository: old.fullName };
  const fetched = await fetchPush(standIn, earlier, { tokenFor: tokens() });
  assert.equal(holding(fetched, "find-me-marker", "file").length, 1);
});

test("a public repository is read without a token when the App has no access to it any more; a private one is gone", async () => {
  for (const status of [403, 404, 422]) {
    standIn.tokenTrouble = { status };
    const [open, closed] = [
      await startedRepository(standIn),
      await startedRepository(standIn, { visibility: "private" }),
    ];
    for (const { copy } of [open, closed]) {
      await copy.write("leak.txt", "find-me-marker");
      await copy.commit("leak");
    }
    const pushes = [(await open.copy.push("main"))[0]!, (await closed.copy.push("main"))[0]!];
    const fetched = await fetchPush(standIn, pushOf(pushes[0]!), { tokenFor: tokens() });
    assert.equal(holding(fetched, "find-me-marker", "file").length, 1);
    await assert.rejects(tokens()(pushOf(pushes[1]!)), { code: "repository-gone" }, String(status));
  }
});

test("an App that GitHub has no token for now is answered later, and what is no token is not kept as one", async () => {
  const { copy } = await startedRepository(standIn, { visibility: "private" });
  await copy.commit("private");
  const [push] = await copy.push("main");
  const tokenFor = tokens();
  for (const trouble of [{ status: 429 }, { status: 500 }, { page: "<html>We are down for repairs.</html>" }]) {
    standIn.tokenTrouble = trouble;
    await assert.rejects(tokenFor(pushOf(push!)), (error) => {
      assert.ok(error instanceof PatrolError);
      assert.deepEqual([error.code, error.kind.retry], ["fetch-failed", "later"]);
      return true;
    });
  }
  standIn.tokenTrouble = undefined;
  assert.ok((await fetchPush(standIn, pushOf(push!), { tokenFor })).fragments.length > 1);
});

test("an API that does not answer is left after its time limit", async () => {
  const { copy } = await startedRepository(standIn, { visibility: "private" });
  await copy.commit("private");
  const [push] = await copy.push("main");
  standIn.tokenTrouble = { hang: true };
  await assert.rejects(tokens(standIn.app.privateKey, 50)(pushOf(push!)), {
    code: "fetch-failed",
    message: /could not be reached/,
  });
});

test("an API that sends elsewhere does not have the App known there", async () => {
  const { copy } = await startedRepository(standIn, { visibility: "private" });
  await copy.commit("private");
  const [push] = await copy.push("main");
  const heard: (string | undefined)[] = [];
  const elsewhere = createServer((request, response) => {
    heard.push(request.headers.authorization);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
  standIn.tokenTrouble = { movedTo: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/` };
  await assert.rejects(tokens()(pushOf(push!)), PatrolError);
  elsewhere.closeAllConnections();
  elsewhere.close();
  assert.ok(
    heard.every((authorization) => authorization === undefined),
    heard.join(),
  );
});

test("a server that sends git to another one does not send the token with it", async () => {
  const { repository, copy } = await startedRepository(standIn);
  await copy.write("public.txt", "find-me-marker");
  await copy.commit("public");
  const [push] = await copy.push("main");
  // The same repository under another origin, as a mirror has it.
  const heard: (string | undefined)[] = [];
  const mirror = createServer((request, response) => {
    heard.push(request.headers.authorization);
    const { method, headers, url } = request;
    const onwards = send(standIn.url + url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onwards);
  });
  await new Promise<void>((resolve) => mirror.listen(0, "127.0.0.1", resolve));
  const { port } = mirror.address() as AddressInfo;
  const old = await standIn.createRepository("acme/sent-away");
  old.trouble = { movedTo: `http://127.0.0.1:${port}/${repository.fullName}.git` };
  const fetched = await fetchPush(standIn, pushOf(push!), {
    tokenFor: tokens(),
    cloneUrl: () => `${standIn.url}/${old.fullName}.git`,
  });
  mirror.closeAllConnections();
  mirror.close();
  assert.equal(holding(fetched, "find-me-marker", "file").length, 1);
  assert.ok(heard.length > 1);
  assert.deepEqual(new Set(heard), new Set([undefined]));
});

test("without an installation no token is asked for; with a wrong key none is given", async () => {
  const { copy } = await startedRepository(standIn);
  await copy.commit("more");
  const [push] = await copy.push("main");
  assert.equal(await tokens()({ ...pushOf(push!), installationId: undefined }), undefined);
  await assert.rejects(
    tokens(stranger.app.privateKey)(pushOf(push!)),
    (error) =>
      error instanceof PatrolError && error.code === "repository-gone" && !error.message.includes("PRIVATE KEY"),
  );
});

test("the clone address is built of the configured GitHub and a name in GitHub's alphabet", () => {
  assert.equal(cloneUrl("https://github.com/", "acme/web.js"), "https://github.com/acme/web.js.git");
  for (const name of [
    "acme",
    "acme/../x",
    "../x",
    "acme/..",
    "acme/x y",
    "a/b/c",
    "acme/x\n",
    "@evil.example/x",
    "acme/",
  ])
    assert.throws(() => cloneUrl("https://github.com", name), PatrolError, JSON.stringify(name));
});
