import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { createAdministrator } from "../../src/db/administrators.ts";
import type { Database } from "../../src/db/database.ts";
import { keepMail } from "../../src/db/mails.ts";
import { mask } from "../../src/engine/mask.ts";
import type { Secret } from "../../src/model/secret.ts";
import { startEdge } from "../support/edge.ts";
import { freshDatabase } from "../support/postgres.ts";

let database: { db: Database; close(): Promise<void> };
let administrator: Secret;
let hours = 0;
const edges: Awaited<ReturnType<typeof startEdge>>[] = [];
const open = async (isSecure: boolean) => {
  const now = () => new Date(Date.UTC(2026, 0, 1, hours));
  const changePolicy = () => Promise.reject(new Error("not foreseen: hunter2"));
  const edge = await startEdge(database.db, { page: { now, isSecure, changePolicy } });
  edges.push(edge);
  return edge;
};
beforeAll(async () => {
  database = await freshDatabase();
  administrator = await createAdministrator(database.db, "ada");
});
afterAll(async () => {
  await Promise.all(edges.map((edge) => edge.close()));
  await database.close();
});

const MAIL = { to: "ada@acme.example", subject: "Hello", text: "A mail", html: "", headers: {}, sentAt: new Date(0) };

async function signIn(url: string): Promise<string> {
  const answer = await fetch(`${url}/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: url },
    body: new URLSearchParams({ token: administrator.reveal() }),
  });
  assert.equal(answer.status, 303);
  return answer.headers.get("set-cookie") ?? assert.fail();
}
/** What a page answers to whoever holds the cookie: its status, and where it leads. */
async function ask(url: string, path: string, cookie = "", method = "GET"): Promise<[number, string | null]> {
  const [pair = ""] = cookie.split(";");
  const body = method === "GET" ? undefined : new URLSearchParams({ mode: "immediate", graceHours: "1" });
  const headers = { cookie: pair, origin: url };
  const answer = await fetch(url + path, { method, redirect: "manual", headers, body });
  await answer.text();
  return [answer.status, answer.headers.get("location")];
}

test("whoever is not signed in is led to the form by every page, whether what it shows is there or not", async () => {
  const { url } = await open(false);
  const messageId = `${randomUUID()}@acme.example`;
  await keepMail(database.db, { ...MAIL, messageId });
  const pages = ["/", `/incidents/${randomUUID()}`, `/mails/${messageId}`, "/mails/none"];
  for (const path of pages) assert.deepEqual(await ask(url, path), [303, "/sign-in"], path);
  assert.deepEqual(await ask(url, "/policies/acme", "", "POST"), [303, "/sign-in"]);
  const cookie = await signIn(url);
  const statuses = await Promise.all(pages.map(async (path) => (await ask(url, path, cookie))[0]));
  assert.deepEqual(statuses, [200, 404, 200, 404]);
});

test("a NUL in an address or a field is the sender's fault, not ours", async () => {
  const { url, log } = await open(false);
  const cookie = await signIn(url);
  assert.deepEqual(await ask(url, "/mails/%00", cookie), [400, null]);
  const headers = { authorization: `Bearer ${administrator.reveal()}` };
  for (const [path, body] of [
    ["/deliveries/%00/replay", {}],
    ["/users", { email: "a@acme.example", name: "A\0" }],
    ["/administrators", { name: "\0" }],
  ] as const) {
    const answer = await fetch(`${url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.deepEqual([answer.status, await codeOf(answer)], [400, "request-invalid"], path);
  }
  assert.ok(!log.lines.some((line) => line.includes("a request failed")));
});

const codeOf = async (answer: Response) => ((await answer.json()) as { error: { code: string } }).error.code;

test("what nobody foresaw is told to the log and not to the page", async () => {
  const { url, log } = await open(false);
  const [cookie = ""] = (await signIn(url)).split(";");
  const body = new URLSearchParams({ mode: "immediate", graceHours: "1" });
  const answer = await fetch(`${url}/policies/acme`, { method: "POST", headers: { cookie, origin: url }, body });
  assert.equal(answer.status, 500);
  assert.doesNotMatch(await answer.text(), /hunter2|foreseen/);
  assert.ok(log.lines.some((line) => line.includes("a request failed")));
});

test("a session ends with its sign-out, also for who kept the cookie, and by itself after twelve hours", async () => {
  const { url } = await open(false);
  const [left, kept] = [await signIn(url), await signIn(url)];
  await ask(url, "/sign-out", left, "POST");
  assert.deepEqual(await ask(url, "/", left), [303, "/sign-in"]);
  hours += 11;
  assert.equal((await ask(url, "/", kept))[0], 200);
  hours += 1;
  assert.deepEqual(await ask(url, "/", kept), [303, "/sign-in"]);
});

test("whoever signs in clears away the sessions that have ended", async () => {
  const { url } = await open(false);
  const count = async () => (await database.db.selectFrom("sessions").select("digest").execute()).length;
  await signIn(url);
  hours += 12;
  await signIn(url);
  assert.equal(await count(), 1);
});

test("the session's cookie is out of reach of scripts and other sites, and travels by HTTPS alone where that is the address", async () => {
  for (const isSecure of [false, true]) {
    const words = (await signIn((await open(isSecure)).url)).split("; ").slice(1);
    assert.deepEqual(words.sort(), ["HttpOnly", "Path=/", "SameSite=Strict", ...(isSecure ? ["Secure"] : [])].sort());
  }
});

test("an administrator's token is found where it leaked, and taken out of messages that quote it", async () => {
  for (let count = 0; count < 20; count++) {
    const token = await createAdministrator(database.db, "bob");
    const told = mask(`There is no organization "${token.reveal()}".`, builtInRulebook());
    assert.equal(told, 'There is no organization "[patrol-administrator-token]".');
  }
});
