import assert from "node:assert/strict";
import { afterAll, beforeAll, test } from "vitest";
import { openService } from "../support/service.ts";
import { createAdministrator } from "../../src/db/administrators.ts";
import { freshDatabase, type FreshDatabase, temporaryFolder } from "../support/postgres.ts";

let database: FreshDatabase;
let service: Awaited<ReturnType<typeof openService>>;
let authorization: string;
beforeAll(async () => {
  database = await freshDatabase();
  service = await openService("serve", { PATROL_DATA_DIR: temporaryFolder(), DATABASE_URL: database.url, PORT: "0" });
  authorization = `Bearer ${(await createAdministrator(database.db, "ada")).reveal()}`;
});
afterAll(async () => {
  await service?.stop();
  await database?.close();
});

const ask = async (path: string, init: RequestInit = {}) =>
  await fetch(service.url + path, { redirect: "manual", headers: { authorization }, ...init });

test("no answer that is for its asker alone is kept on the way", async () => {
  const body = JSON.stringify({
    organization: "acme",
    owner: "bob@acme.example",
    name: "ci",
    scopes: ["vso.code"],
    days: 1,
  });
  const headers = { authorization, "content-type": "application/json" };
  const made = await ask("/api/v1/tokens", { method: "POST", headers, body });
  const { token } = (await made.json()) as { token: string };
  const form = new URLSearchParams({ token: authorization.slice("Bearer ".length) });
  const signedIn = await ask("/sign-in", { method: "POST", headers: { origin: service.url }, body: form });
  const cookie = (signedIn.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const digests = JSON.stringify({ sha256: ["0".repeat(64)] });
  const bearer = { authorization: `Bearer ${token}` };
  const answers = [
    made,
    signedIn,
    await ask("/", { headers: { cookie } }),
    await ask("/api/v1/organizations"),
    await ask("/auth/verify", { headers: bearer }),
    await ask("/tokens/verify", { method: "POST", headers: bearer, body: digests }),
  ];
  assert.deepEqual(
    answers.map(({ status, headers: kept }) => [status, kept.get("cache-control")]),
    [200, 303, 200, 200, 200, 200].map((status) => [status, "no-store"]),
  );
});

test("a service that holds no data folder knows no token but those of its administrators", async () => {
  for (const token of ["undefined", "null", "x", "[secret]"])
    assert.equal((await ask("/api/v1/organizations", { headers: { authorization: `Bearer ${token}` } })).status, 401);
  assert.equal((await ask("/api/v1/organizations", { headers: {} })).status, 401);
  assert.equal((await ask("/api/v1/organizations")).status, 200);
});
