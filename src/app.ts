/** The only file that picks adapters. */
import { pino, type Logger } from "pino";
import { join } from "node:path";
import type { Config } from "./config/config.ts";
import { type HeldFolder, holdDataFolder } from "./config/data-folder.ts";
import { publicUrl } from "./config/listen.ts";
import { packageRoot } from "./config/package-root.ts";
import { openWorkFolder } from "./config/work-folder.ts";
import { builtInRulebook } from "./config/rulebook.ts";
import { type Database, openEmbedded, openPostgres } from "./db/database.ts";
import { type Clock, followClock } from "./db/clock.ts";
import { migrate } from "./db/migrate.ts";
import type { OutboxRow } from "./db/outbox.ts";
import { openMailsOf } from "./db/outbox-mails.ts";
import { rememberRepository } from "./db/repositories.ts";
import { ScannedObjects } from "./db/scanned-objects.ts";
import { mask } from "./engine/mask.ts";
import { Mailbox } from "./mail/mailbox/mailbox.ts";
import type { Mailer } from "./mail/mailer.ts";
import { loadTemplates } from "./mail/render.ts";
import { SmtpMailer } from "./mail/smtp/smtp-mailer.ts";
import { describeError } from "./model/errors.ts";
import { isPush, type Publication, type Push } from "./model/push.ts";
import type { PatParts } from "./pat/create-token.ts";
import { handlePublication } from "./pipeline/handle-publication.ts";
import { handlePush } from "./pipeline/handle-push.ts";
import type { River, RiverEvent } from "./pipeline/river.ts";
import { type MailParts, sendOutboxMail } from "./pipeline/send-outbox-mail.ts";
import { openEmbeddedQueue } from "./queue/embedded/embedded-queue.ts";
import type { Queue } from "./queue/queue.ts";
import { createGitPushSource } from "./sources/git/fetch/fetch.ts";
import { cloneUrl } from "./sources/github/clone-url.ts";
import { createInstallationTokens } from "./sources/github/installation-token.ts";
import type { PushSource } from "./sources/source.ts";
import { checkPeppers } from "./tokens/built-in/check-peppers.ts";
import { BuiltInTokenStore } from "./tokens/built-in/token-store.ts";
import { Peppers } from "./tokens/peppers.ts";

/** Everything that one process of the service is made of. */
export interface App {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Database;
  readonly queue: Queue;
  readonly river: River;
  readonly pat: PatParts;
  readonly mail: MailParts;
  readonly observe: (event: RiverEvent | EdgeEvent) => void;
  readonly now: () => Date;
  /** Takes the tokens out of a text, so that it may be stored and logged. */
  readonly mask: (text: string) => string;
  /** The lock on the data folder; undefined with a database server. */
  readonly folder: HeldFolder | undefined;
  close(): Promise<void>;
}

export interface AppOptions {
  readonly observe?: (event: RiverEvent | EdgeEvent) => void;
}

/** A step of the story that happens at an edge: a push was kept, a mail was accepted. */
type EdgeEvent =
  | { readonly step: "received"; readonly at: Date; readonly deliveryId: string }
  | { readonly step: "mailed"; readonly at: Date; readonly to: string; readonly subject: string };

/** The embedded database has no other. */
const OWN_CLOCK: Clock = { now: () => new Date(), stop: () => {} };

/** The database of this configuration, migrated, its clock, and the way to close it. The embedded one holds the data folder. */
export async function openStorage(config: Config) {
  const server = config.databaseUrl;
  const folder = server ? undefined : await holdDataFolder(config.dataFolder);
  try {
    const db = server ? openPostgres(server.reveal()) : await openEmbedded(join(config.dataFolder, "database"));
    await migrate(db, join(packageRoot(), "src/db/migrations"));
    const clock = server ? await followClock(db) : OWN_CLOCK;
    const close = async () => {
      clock.stop();
      await db.destroy();
      await folder?.release();
    };
    return { db, folder, now: clock.now, close };
  } catch (error) {
    await folder?.release();
    throw error;
  }
}

/** What is needed to mint and check tokens. */
async function openPat(config: Config, db: Database, now: () => Date): Promise<PatParts> {
  const peppers = new Peppers(config.peppers);
  await checkPeppers(db, peppers, now());
  return { db, peppers, prefix: config.tokenPrefix, now };
}

/** What minting and checking tokens needs, straight on the database: for commands when no service holds the data folder. */
export async function openPatOnly(config: Config): Promise<{ pat: PatParts; close: () => Promise<void> }> {
  const { db, now, close } = await openStorage(config);
  try {
    return { pat: await openPat(config, db, now), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Opens the whole river with the adapters that the configuration names. */
export async function openApp(config: Config, options: AppOptions = {}): Promise<App> {
  const observe = options.observe ?? (() => {});
  const rulebook = builtInRulebook(config.tokenPrefix);
  const masked = (text: string) => mask(text, rulebook);
  const serializers = { err: (error: unknown) => describeError(error, masked) };
  const log = pino({ level: config.logLevel, base: undefined, serializers }, pino.destination({ fd: 2, sync: false }));
  const { db, folder, now, close } = await openStorage(config);
  const pat = await openPat(config, db, now);
  const fetched = await openWorkFolder(config.dataFolder);
  const queue = await openQueue(config, log);
  const mailer = openMailer(config, db, now);
  const river: River = {
    db,
    source: openSource(config, fetched.path),
    rulebook,
    tokenStore: new BuiltInTokenStore({ ...pat, ruleIds: ownRuleIds(rulebook.rules) }),
    peppers: pat.peppers,
    ledger: new ScannedObjects(db, rulebook.hash),
    now,
    observe,
  };
  const mail: MailParts = {
    db,
    mailer,
    templates: loadTemplates(join(packageRoot(), "src/mail/templates")),
    sites: { githubUrl: config.github.url, publicUrl: publicUrl(config.listen) },
    domain: /@([^\s>]+)>?$/.exec(config.mail.from)?.[1] ?? "localhost",
    now,
  };
  return {
    config,
    log,
    db,
    queue,
    river,
    pat,
    mail,
    observe,
    now,
    folder,
    mask: masked,
    close: async () => {
      await queue.close();
      await mailer.close();
      await fetched.release();
      await close();
    },
  };
}

/**
 * A push down the river, or all of a repository that was made public; then whoever waits for a mail about it is served
 * without waiting for the sweeper.
 */
export async function runPush(app: App, told: Push | Publication, signal?: AbortSignal) {
  const { repositoryId: id, repository, exposure } = told;
  // Not beside the work: what fails must not leave work behind that nobody waits for.
  await rememberRepository(app.db, { id, fullName: app.mask(repository), exposure });
  const report = await (isPush(told)
    ? handlePush(told, app.river, signal)
    : handlePublication(told, app.river, signal));
  const incidents = report.outcomes.flatMap((each) =>
    each.kind === "recorded" && each.isNew ? [each.incidentId] : [],
  );
  const mails = await openMailsOf(app.db, [...new Set(incidents)]);
  // Best effort, as all offers are: what the queue does not take, the sweeper offers.
  await Promise.allSettled(mails.map((outboxId) => app.queue.offer({ name: "relay-outbox", outboxId })));
  const skipped = report.skipped.map(({ what, why }) => ({ what: app.mask(what), why }));
  return { fragments: report.fragments, bytes: report.bytes, skipped };
}

/** What one outbox row asks for. */
export async function relay(app: App, row: OutboxRow, signal?: AbortSignal): Promise<void> {
  const { to, subject } = await sendOutboxMail(row, app.mail, signal);
  app.observe({ step: "mailed", at: app.now(), to, subject });
}

function openMailer(config: Config, db: Database, now: () => Date): Mailer {
  const { smtpUrl, from } = config.mail;
  return smtpUrl ? new SmtpMailer({ url: smtpUrl.reveal(), from }) : new Mailbox({ db, now });
}

function openSource(config: Config, temporaryFolder: string): PushSource {
  const { app, apiUrl, url } = config.github;
  return createGitPushSource({
    temporaryFolder,
    cloneUrl: (repository) => cloneUrl(url, repository),
    tokenFor: app && createInstallationTokens({ appId: String(app.id), privateKey: app.privateKey, apiUrl }),
  });
}

const ownRuleIds = (rules: readonly { readonly id: string; readonly issuer: string }[]) =>
  rules.filter((rule) => rule.issuer === "patrol").map((rule) => rule.id);

/** BullMQ and its client take a third of the time that the service starts in, so they are read only when used. */
async function openQueue(config: Config, log: Logger): Promise<Queue> {
  if (config.redisUrl === undefined) return openEmbeddedQueue(log);
  const { openBullmqQueue } = await import("./queue/bullmq/bullmq-queue.ts");
  return await openBullmqQueue({ url: config.redisUrl.reveal(), log });
}
