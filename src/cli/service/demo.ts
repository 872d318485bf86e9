import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../../app.ts";
import { loadConfig } from "../../config/config.ts";
import { eventsOf, listIncidents } from "../../db/overview.ts";
import { createOrganization } from "../../db/organizations.ts";
import { createUser } from "../../db/users.ts";
import { GitHubStandIn } from "../../github-stand-in/stand-in.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Secret } from "../../model/secret.ts";
import { createToken } from "../../pat/create-token.ts";
import { verifyAudit } from "../../db/audit-log.ts";
import { parse } from "./arguments.ts";
import type { ProcessCommand } from "./command.ts";
import { type Listening, startHttp, startWork } from "./service.ts";
import { Timeline, type DemoReport } from "./timeline.ts";

const PATIENCE_MS = 60_000;
const OWNER = "alice@acme.example";

/**
 * `patrol demo`: the whole story on this machine, in a folder of its own that is removed afterwards. A service, a small
 * GitHub on loopback, a token in a push, and what became of it. Throws unless all of it happened.
 */
export const demo: ProcessCommand = {
  usage: "patrol demo [--json]",
  run: async (args, terminal) => {
    const given = parse(demo.usage, args, { json: { type: "boolean" } });
    const report = await tellStory(given.has("json") ? () => {} : terminal.out);
    if (given.has("json")) terminal.out(JSON.stringify(report));
    const missing = Timeline.STEPS.filter((step) => !report.timeline.some((entry) => entry.step === step));
    if (missing.length > 0 || !report.authorized_before || report.authorized_after || report.token.state !== "revoked")
      throw new PatrolError("internal", `The story did not end: ${missing.join(", ") || "the token is still let in"}.`);
  },
};

async function tellStory(say: (line: string) => void): Promise<DemoReport> {
  const folder = mkdtempSync(join(tmpdir(), "patrol-demo-"));
  const timeline = new Timeline(say);
  const webhookSecret = randomBytes(32).toString("hex");
  const closing: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    const github = await GitHubStandIn.start();
    closing.push(async () => await github.close());
    // Only what the story needs: whatever this shell is configured for stays untouched.
    const env = {
      PATROL_DATA_DIR: folder,
      PORT: "0",
      GITHUB_URL: github.url,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_WEBHOOK_SECRETS: webhookSecret,
      LOG_LEVEL: "silent",
    };
    const app = await openApp(loadConfig(env, folder), { observe: (event) => timeline.note(event.step) });
    closing.push(async () => await app.close());
    const http = await startHttp(app);
    closing.push(async () => await http.stop());
    const work = await startWork(app);
    closing.push(async () => await work.stop());
    return await leak({ app, http, github, webhookSecret, timeline, say });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

interface Scene {
  readonly app: App;
  readonly http: Listening;
  readonly github: GitHubStandIn;
  readonly webhookSecret: string;
  readonly timeline: Timeline;
  readonly say: (line: string) => void;
}

async function leak({ app, http, github, webhookSecret, timeline, say }: Scene): Promise<DemoReport> {
  const organization = await createOrganization(app.db, "acme");
  await createUser(app.db, { email: OWNER, name: "Alice Example" });
  const request = { organization: organization.name, owner: OWNER, name: "ci", scopes: ["vso.code"], days: 30 };
  const { secret, token } = await createToken(app.pat, request);
  say(`${OWNER} of ${organization.name} has a token, ${token.hint}. It is let in, until it leaks:\n`);
  const before = await isLetIn(http, secret);

  const repository = await github.createRepository("acme/rocket");
  const copy = await github.workingCopy(repository);
  for (const [path, text] of Object.entries(innocentFiles())) await copy.write(path, text);
  await copy.commit("Add the launch script");
  await copy.write("deploy/.env", `STAGE=production\nAZURE_PAT=${secret.reveal()}\n`);
  await copy.commit("Deploy from CI");
  const [push] = await copy.push();
  timeline.begin();
  if (!push?.delivery) throw new PatrolError("internal", "The push made no delivery.");
  const hook = { url: `${http.url}/webhooks/github`, secret: webhookSecret };
  const attempt = await github.deliver(push.delivery, hook);
  if (attempt.status !== 202) throw new PatrolError("internal", `The webhook was answered ${attempt.status}, not 202.`);

  // Whoever guards a door asks like this, again and again; the first refusal is the end of the leak.
  while (await isLetIn(http, secret)) await timeline.pause(PATIENCE_MS);
  timeline.note("refused");
  await timeline.waitFor("mailed", PATIENCE_MS);

  const [incident] = await listIncidents(app.db);
  const events = incident ? await eventsOf(app.db, incident.correlationId) : [];
  // Token state and audit events were committed by one transaction.
  const chains = await verifyAudit(app.db);
  if (events.length >= 2 && chains.every((chain) => chain.ok)) timeline.noteLike("audited", "revoked");
  timeline.print();
  say(`\n${events.length} audit events share correlation id ${incident?.correlationId}; the chain is unbroken.`);
  return {
    timeline: timeline.entries(),
    token: { id: token.id, state: incident?.revokedAt ? "revoked" : "active" },
    mail: await lastMail(app),
    audit: events.map((event) => event.actionId),
    authorized_before: before,
    authorized_after: await isLetIn(http, secret),
  };
}

async function isLetIn(http: Listening, secret: Secret): Promise<boolean> {
  const credential = Buffer.from(`:${secret.reveal()}`).toString("base64");
  const response = await fetch(`${http.url}/auth/verify`, { headers: { authorization: `Basic ${credential}` } });
  await response.body?.cancel();
  return response.ok;
}

async function lastMail(app: App): Promise<DemoReport["mail"]> {
  const row = await app.db.selectFrom("mails").select(["recipient as to", "subject"]).executeTakeFirst();
  return row ?? { to: "", subject: "" };
}

/** A small project such as tokens leak from. */
function innocentFiles(): Record<string, string> {
  const lines = Array.from(
    { length: 200 },
    (_, line) => `export const stage${line} = { thrust: ${line * 7}, burn: ${line % 9} };`,
  );
  return {
    "README.md": "# Rocket\n\nIt goes up.\n",
    "src/stages.js": `${lines.join("\n")}\n`,
    "src/launch.js":
      "import * as stages from './stages.js';\nfor (const stage of Object.values(stages)) ignite(stage);\n",
    "package.json": `${JSON.stringify({ name: "rocket", version: "1.0.0", type: "module" }, null, 2)}\n`,
  };
}
