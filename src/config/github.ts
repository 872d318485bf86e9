import { z } from "zod";
import { Secret } from "../model/secret.ts";
import { address } from "./settings.ts";

/** An address without a slash at the end, so that a path can follow. */
const base = (standard: string) =>
  address("https:", "http:")
    .refine((text) => new URL(text).username === "" && new URL(text).search === "", "must hold no user and no query")
    .transform((text) => text.replace(/\/+$/, ""))
    .default(standard);

export const github = z
  .object({
    /** A comma list, so that a secret can be rotated: all are accepted. */
    GITHUB_WEBHOOK_SECRETS: z
      .string()
      .transform((text) => text.split(",").map((one) => one.trim()))
      .refine((list) => list.every((one) => one.length >= 16), "each secret must have 16 characters or more")
      .transform((list) => list.map((one) => new Secret(one)))
      .optional(),
    GITHUB_APP_ID: z.coerce.number("must be the App's number").int().positive().optional(),
    /** PEM; line ends may be written as \n, as environments demand. */
    GITHUB_APP_PRIVATE_KEY: z
      .string()
      .transform((text) => text.replaceAll("\\n", "\n"))
      .refine((text) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text), "must be a private key in PEM")
      .transform((text) => new Secret(text))
      .optional(),
    GITHUB_API_URL: base("https://api.github.com"),
    GITHUB_URL: base("https://github.com"),
  })
  .superRefine((settings, context) => {
    const [id, key] = [settings.GITHUB_APP_ID, settings.GITHUB_APP_PRIVATE_KEY];
    if ((id === undefined) === (key === undefined)) return;
    const [absent, present] =
      id === undefined ? ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY"] : ["GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_ID"];
    context.addIssue({ code: "custom", path: [absent], message: `is needed with ${present}` });
  });

export interface GitHubConfig {
  /** Accepted secrets of webhooks; made in the data folder when none is set. */
  readonly webhookSecrets: readonly Secret[];
  /** The secret if this process has just made it: to be shown once. */
  readonly newWebhookSecret: Secret | undefined;
  /** Without an App, public repositories are fetched without a token. */
  readonly app: { readonly id: number; readonly privateKey: Secret } | undefined;
  readonly apiUrl: string;
  /** The clone address is `${url}/owner/name.git`, never one taken from a payload. */
  readonly url: string;
}
