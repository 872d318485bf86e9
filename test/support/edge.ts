import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Database } from "../../src/db/database.ts";
import type { AdminParts } from "../../src/http/admin/operation.ts";
import type { PageParts } from "../../src/http/admin/pages.ts";
import type { HttpParts } from "../../src/http/routes.ts";
import { closeServer, createServer, type Patience } from "../../src/http/server.ts";
import { Secret } from "../../src/model/secret.ts";
import { authorize } from "../../src/pat/authorize.ts";
import { recordBypass } from "../../src/pat/record-bypass.ts";
import { openEmbeddedQueue } from "../../src/queue/embedded/embedded-queue.ts";
import type { Queue } from "../../src/queue/queue.ts";
import { Peppers } from "../../src/tokens/peppers.ts";
import { BuiltInTokenStore } from "../../src/tokens/built-in/token-store.ts";
import { keptLog } from "./kept-log.ts";

const WEBHOOK_SECRET = "the webhook's secret";
export const OLD_SECRET = "the secret before";

/** The service's own HTTP server on a free port, with a real database and the embedded queue unless another is given. */
export async function startEdge(
  db: Database,
  options: {
    readonly queue?: Queue;
    readonly patience?: Patience;
    readonly page?: Partial<PageParts>;
    readonly wake?: AdminParts["wake"];
    readonly keepMs?: number;
  } = {},
) {
  const log = keptLog();
  const queue = options.queue ?? openEmbeddedQueue(log);
  const peppers = [{ id: "test", key: randomBytes(32) }];
  const webhookSecrets = [new Secret(WEBHOOK_SECRET), new Secret(OLD_SECRET)];
  const now = () => new Date();
  const pat = { db, peppers: new Peppers(peppers), prefix: "patrol_", now };
  const store = new BuiltInTokenStore({ ...pat, ruleIds: [] });
  const parts: HttpParts = {
    db,
    queue,
    peppers,
    webhookSecrets,
    log,
    authorize: async (secret) => await authorize(pat, secret),
    recordBypass: async (by, bypass) => await recordBypass(pat, by, bypass),
    lookupDigests: async (digests) => await store.lookupDigests(digests),
    now,
    mask: (text) => text,
    admin: { ...pat, wake: options.wake ?? (async () => {}) },
    page: { db, now, hasLocalMailbox: true, isSecure: false, changePolicy: async () => {}, ...options.page },
    isControlToken: () => false,
    keepMs: options.keepMs,
  };
  const server = createServer(parts, options.patience);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    log,
    queue,
    peppers,
    async close() {
      await closeServer(server, 0);
      await queue.close();
    },
  };
}

export function sign(body: string | Buffer, secret = WEBHOOK_SECRET): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

export const OLD_HEAD = "a".repeat(40);
export const NEW_HEAD = "b".repeat(40);

/** The fields of a push payload that Patrol reads, and some that it must not mind. */
export function pushPayload(change: { readonly repository?: object; readonly [key: string]: unknown } = {}) {
  return {
    ref: "refs/heads/main",
    before: OLD_HEAD,
    after: NEW_HEAD,
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: "https://github.example/compare",
    commits: [{ id: NEW_HEAD, message: "Change a file", distinct: true }],
    head_commit: null,
    pusher: { name: "alice", email: null },
    ...change,
    repository: {
      id: 7,
      full_name: "acme/site",
      private: false,
      visibility: "public",
      default_branch: "main",
      created_at: 1_700_000_000,
      pushed_at: "2026-01-01T00:00:00Z",
      ...change.repository,
    },
  };
}

/** Headers as GitHub sends them; `undefined` leaves one out. */
export function headersOf(body: string | Buffer, change: Record<string, string | undefined> = {}) {
  const headers: Record<string, string | undefined> = {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/0000000",
    "x-github-event": "push",
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": sign(body),
    ...change,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
