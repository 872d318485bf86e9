import assert from "node:assert/strict";
import { Hono } from "hono";
import { afterAll, beforeAll, test } from "vitest";
import type { Database } from "../../../src/db/database.ts";
import { setDisabled } from "../../../src/db/users.ts";
import { authVerify } from "../../../src/http/tokens/auth-verify.ts";
import { authorize } from "../../../src/pat/authorize.ts";
import { freshDatabase } from "../../support/postgres.ts";
import { setScene, type Scene } from "../../support/scene.ts";
import { crcToken } from "../../support/tokens.ts";

let opened: { db: Database; close(): Promise<void> };
let scene: Scene;
let app: Hono;
beforeAll(async () => {
  opened = await freshDatabase();
  scene = await setScene(opened.db);
  app = new Hono().get(
    "/auth/verify",
    authVerify((secret) => authorize(scene.pat, secret)),
  );
});
afterAll(() => opened.close());

const ask = (authorization?: string) =>
  app.request("/auth/verify", { headers: authorization === undefined ? {} : { authorization } });
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

test("a token is let in as a password or as a bearer, with who it is and what it may", async () => {
  const { secret, token } = await scene.mint();
  for (const header of [basic("", secret.reveal()), basic("anyone", secret.reveal()), `bearer ${secret.reveal()}`]) {
    const response = await ask(header);
    assert.equal(response.status, 200);
    assert.deepEqual(
      ["x-patrol-user", "x-patrol-organization", "x-patrol-scopes", "x-patrol-token-id", "cache-control"].map((name) =>
        response.headers.get(name),
      ),
      [scene.owner.email, scene.organization.name, "vso.code_write", token.id, "no-store"],
    );
  }
});

test("a token of a disabled owner is refused like all else, and let in again with its owner", async () => {
  const { secret } = await scene.mint();
  await setDisabled(opened.db, scene.owner.id, scene.clock.now());
  assert.equal((await ask(`Bearer ${secret.reveal()}`)).status, 401);
  await setDisabled(opened.db, scene.owner.id, undefined);
  assert.equal((await ask(`Bearer ${secret.reveal()}`)).status, 200);
});

test("all else hears the same 401", async () => {
  const unknown = crcToken(9, "patrol_");
  const headers = [
    undefined,
    "",
    "Basic",
    "Basic !!!",
    basic("a", ""),
    basic("", unknown),
    `Bearer ${unknown}`,
    "Digest a",
  ];
  for (const header of [...headers, `Bearer ${"a".repeat(100_000)}`]) {
    const response = await ask(header);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), 'Basic realm="Patrol", charset="UTF-8"');
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await response.text(), "");
  }
});
