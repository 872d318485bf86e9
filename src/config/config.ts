import { resolve } from "node:path";
import { z } from "zod";
import { Secret } from "../model/secret.ts";
import { keep, makePeppers, makeWebhookSecret } from "./generated.ts";
import { github, type GitHubConfig } from "./github.ts";
import { listen, type ListenConfig } from "./listen.ts";
import { log } from "./log.ts";
import { LOCAL_SENDER, mail } from "./mail.ts";
import { servers } from "./servers.ts";
import { check, readSettings } from "./settings.ts";
import { parsePeppers, type Pepper, tokens } from "./tokens.ts";

export interface Config {
  /** Absolute: embedded database, mailbox, generated keys. */
  readonly dataFolder: string;
  readonly listen: ListenConfig;
  /** PostgreSQL's address; without one the database is embedded. */
  readonly databaseUrl: Secret | undefined;
  /** Redis' address; without one the queue is in the process. */
  readonly redisUrl: Secret | undefined;
  readonly mail: { readonly smtpUrl: Secret | undefined; readonly from: string };
  readonly github: GitHubConfig;
  /** The first writes, all are read. Made in the data folder when none is set and one is first asked for. */
  readonly peppers: readonly Pepper[];
  readonly tokenPrefix: string;
  readonly logLevel: z.output<typeof log>["LOG_LEVEL"];
}

const dataFolder = z.object({ PATROL_DATA_DIR: z.string().default("./.patrol") });

/** Names of settings that hold secrets, and may be given as NAME_FILE. */
export const SECRETS = [
  "DATABASE_URL",
  "REDIS_URL",
  "SMTP_URL",
  "PATROL_PEPPERS",
  "GITHUB_WEBHOOK_SECRETS",
  "GITHUB_APP_PRIVATE_KEY",
];

/** Every name of a setting. */
export const SETTINGS = [dataFolder, listen, servers, tokens, mail, github, log].flatMap((schema) =>
  Object.keys(schema.shape),
);

/**
 * Reads and checks every setting of `env` and of `patrol.yaml` in `folder`. What is wrong is `setting-invalid` with the
 * setting's name. The result is frozen; generated values are made when first read.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>>, folder: string): Config {
  const plain = SETTINGS.filter((name) => !SECRETS.includes(name));
  const settings = readSettings(env, folder, { plain, secrets: SECRETS });
  const place = resolve(folder, check(dataFolder, settings).PATROL_DATA_DIR);
  const listening = check(listen, settings);
  const { DATABASE_URL, REDIS_URL } = check(servers, settings);
  const mails = check(mail, settings);
  const hub = check(github, settings);
  const token = check(tokens, settings);

  const webhookSecret = once(() => keep(place, "webhook-secret", makeWebhookSecret));
  const peppers = once(() => parsePeppers(keep(place, "peppers", makePeppers).text));
  return Object.freeze({
    dataFolder: place,
    listen: Object.freeze({ host: listening.HOST, port: listening.PORT, publicUrl: listening.PUBLIC_URL }),
    databaseUrl: DATABASE_URL,
    redisUrl: REDIS_URL,
    mail: Object.freeze({ smtpUrl: mails.SMTP_URL, from: mails.MAIL_FROM ?? LOCAL_SENDER }),
    github: Object.freeze({
      get webhookSecrets() {
        return hub.GITHUB_WEBHOOK_SECRETS ?? [new Secret(webhookSecret().text)];
      },
      get newWebhookSecret() {
        if (hub.GITHUB_WEBHOOK_SECRETS !== undefined) return undefined;
        const { text, isNew } = webhookSecret();
        return isNew ? new Secret(text) : undefined;
      },
      app:
        hub.GITHUB_APP_ID === undefined || hub.GITHUB_APP_PRIVATE_KEY === undefined
          ? undefined
          : Object.freeze({ id: hub.GITHUB_APP_ID, privateKey: hub.GITHUB_APP_PRIVATE_KEY }),
      apiUrl: hub.GITHUB_API_URL,
      url: hub.GITHUB_URL,
    }),
    get peppers() {
      return token.PATROL_PEPPERS ?? peppers();
    },
    tokenPrefix: token.PATROL_TOKEN_PREFIX,
    logLevel: check(log, settings).LOG_LEVEL,
  });
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
