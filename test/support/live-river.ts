import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type App, openApp } from "../../src/app.ts";
import { startHttp, startWork } from "../../src/cli/service/service.ts";
import { loadConfig } from "../../src/config/config.ts";
import { createAdministrator } from "../../src/db/administrators.ts";
import { createOrganization, findOrganization } from "../../src/db/organizations.ts";
import { createUser, findUser } from "../../src/db/users.ts";
import { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import type { Secret } from "../../src/model/secret.ts";
import { createToken } from "../../src/pat/create-token.ts";

export const OWNER = "alice@acme.example";
const WEBHOOK_SECRET = "the webhook's secret";

/** The service in this process on the embedded database, with a small GitHub whose pushes are delivered to it. */
export interface LiveRiver {
  readonly app: App;
  readonly github: GitHubStandIn;
  readonly hook: { readonly url: string; readonly secret: string };
  /** Where the service answers. */
  readonly url: string;
  readonly folder: string;
  administrator(): Promise<Secret>;
  /** A token of `OWNER` in the organization, which is made when it is not there. */
  mint(organization?: string, name?: string): Promise<{ readonly id: string; readonly secret: Secret }>;
  /** What `/auth/verify` answers to the token. */
  gate(token: Secret): Promise<number>;
  /** Resolves when every delivery is answered and nothing waits or is worked on. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it; `asApp` as a GitHub App, which may read private repositories. */
export async function openRiver(options: { readonly asApp?: boolean } = {}): Promise<LiveRiver> {
  const folder = mkdtempSync(join(tmpdir(), "patrol-river-"));
  const github = await GitHubStandIn.start(options);
  const settings = {
    PATROL_DATA_DIR: join(folder, "data"),
    PORT: "0",
    GITHUB_URL: github.url,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    LOG_LEVEL: "silent",
    ...(options.asApp && {
      GITHUB_APP_ID: String(github.app.id),
      GITHUB_APP_PRIVATE_KEY: github.app.privateKey,
    }),
  };
  const app = await openApp(loadConfig(settings, folder));
  const http = await startHttp(app);
  const work = await startWork(app);
  const hook = { url: `${http.url}/webhooks/github`, secret: WEBHOOK_SECRET };
  github.hook = hook;
  return {
    app,
    github,
    hook,
    url: http.url,
    folder,
    administrator: () => createAdministrator(app.db, "administrator"),
    async mint(organization = "acme", name = "ci") {
      const org = (await findOrganization(app.db, organization)) ?? (await createOrganization(app.db, organization));
      if (!(await findUser(app.db, OWNER))) await createUser(app.db, { email: OWNER, name: "Alice" });
      const request = { organization: org.name, owner: OWNER, name, scopes: ["vso.code"], days: 30 };
      const { secret, token } = await createToken(app.pat, request);
      return { id: token.id, secret };
    },
    async gate(token) {
      const authorization = `Basic ${Buffer.from(`:${token.reveal()}`).toString("base64")}`;
      const response = await fetch(`${http.url}/auth/verify`, { headers: { authorization } });
      await response.body?.cancel();
      return response.status;
    },
    async settled() {
      await github.settled();
      const open = async () =>
        (await app.db.selectFrom("deliveries").select("id").where("state", "in", ["new", "leased"]).execute()).length +
        (await app.db.selectFrom("outbox").select("id").where("state", "in", ["new", "leased"]).execute()).length;
      while ((await open()) > 0) await sleep(10);
    },
    async close() {
      await http.stop();
      await work.stop();
      await app.close();
      await github.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
