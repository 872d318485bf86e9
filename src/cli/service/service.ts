import { timingSafeEqual } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { keepDeadlines } from "../../../worker/grace.ts";
import { startWorker } from "../../../worker/main.ts";
import { type App, relay, runPush } from "../../app.ts";
import { endLeases } from "../../db/leases.ts";
import { findOrganization } from "../../db/organizations.ts";
import { changePolicy } from "../../db/policies.ts";
import type { AdminParts } from "../../http/admin/operation.ts";
import type { HttpParts } from "../../http/routes.ts";
import { closeServer, createServer } from "../../http/server.ts";
import { PatrolError, toPatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import { authorize } from "../../pat/authorize.ts";
import { recordBypass } from "../../pat/record-bypass.ts";
import { storable } from "../../pipeline/storable.ts";

/** How often deadlines of grace are looked at. */
const GRACE_MS = 1_000;

/** Something that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

export interface Listening extends Running {
  /** Where the service answers. */
  readonly url: string;
}

/** Starts to take work: pushes, mails, deadlines. */
export async function startWork(app: App): Promise<Running> {
  const { db, queue, log, mask, pat } = app;
  if (app.folder !== undefined) await endLeases(db);
  const worker = await startWorker({
    db,
    queue,
    log,
    mask,
    peppers: pat.peppers.keys,
    handlePush: async (told, signal) => await runPush(app, told, signal),
    relay: async (row, signal) => await relay(app, row, signal),
  });
  const failed = (error: unknown) => {
    const { code, message } = toPatrolError(error);
    log.warn({ code, reason: mask(message) }, "deadlines could not be kept; the next round tries again");
  };
  const deadlines = keepDeadlines({ db, now: app.now }, { everyMs: GRACE_MS, failed });
  return {
    async stop() {
      await Promise.all([worker.stop(), deadlines.stop()]);
    },
  };
}

/** Starts to answer HTTP. */
export async function startHttp(app: App): Promise<Listening> {
  const { host, port } = app.config.listen;
  const server = createServer(httpParts(app));
  await listen(server, host, port);
  const shown = host.includes(":") ? `[${host}]` : host;
  const url = `http://${shown}:${(server.address() as AddressInfo).port}`;
  app.folder?.announce(url);
  return {
    url,
    stop: async () => await closeServer(server),
  };
}

function httpParts(app: App): HttpParts {
  const { db, queue, log, now, pat, config } = app;
  const admin: AdminParts = { ...pat, wake: async (deliveryId) => await wake(queue, deliveryId) };
  return {
    db,
    queue,
    log,
    peppers: pat.peppers.keys,
    webhookSecrets: config.github.webhookSecrets,
    received: (deliveryId) => app.observe({ step: "received", at: now(), deliveryId }),
    authorize: async (secret) => await authorize(pat, secret),
    recordBypass: async (by, bypass) => await recordBypass(pat, by, bypass),
    lookupDigests: async (digests) => await app.river.tokenStore.lookupDigests(digests),
    now,
    mask: (text) => storable(text, app.river.rulebook),
    admin,
    isControlToken: (token) => isSame(token, app.folder?.controlToken),
    page: {
      db,
      now,
      hasLocalMailbox: config.mail.smtpUrl === undefined,
      isSecure: config.listen.publicUrl?.startsWith("https:") ?? false,
      changePolicy: async (name, change, actor) => {
        const organization = await findOrganization(db, name);
        if (!organization) throw new PatrolError("not-found", "There is no such organization.");
        const by = { userId: null, upn: "", displayName: actor };
        await changePolicy(db, { organizationId: organization.id, ...change, actor: by, at: now() });
      },
    },
  };
}

/** Best effort: a delivery that the queue does not hear of is found by the sweeper. */
async function wake(queue: App["queue"], deliveryId: string): Promise<void> {
  await queue.offer({ name: "handle-delivery", deliveryId }).catch(() => {});
}

function isSame(token: Secret, control: string | undefined): boolean {
  if (control === undefined) return false;
  const [given, kept] = [Buffer.from(token.reveal()), Buffer.from(control)];
  return given.length === kept.length && timingSafeEqual(given, kept);
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new PatrolError("setting-invalid", `Port ${port} of ${host} is taken; set PORT to another one.`, {
              cause: error,
            })
          : new PatrolError("setting-invalid", `Cannot listen on ${host}:${port}: ${error.code ?? error.message}.`, {
              cause: error,
            }),
      ),
    );
    server.listen(port, host, resolve);
  });
}

/** Resolves at the first SIGINT or SIGTERM. */
export async function untilStopped(): Promise<void> {
  await new Promise<void>((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
  });
}
