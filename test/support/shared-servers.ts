import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { makeMigratedTemplate } from "./embedded-template.ts";
import { findOrInstall, missing, type Program } from "./programs.ts";
import { prepareTemplate } from "./postgres-template.ts";
import { startPostgres } from "./postgres-server.ts";
import { startRedis } from "./redis-server.ts";

/**
 * One PostgreSQL and one Redis for the whole run, started when the first test asks, so that a run without them pays
 * nothing. Test files run in other processes; they ask over loopback: `GET /postgres`, `/redis`, `/embedded` and
 * `/program/{name}` answer with a URL or path, or with the sentence that says what to install (status 500).
 */
export async function serveSharedServers(): Promise<{ url: string; stop(): Promise<void> }> {
  const stops: (() => Promise<void>)[] = [];
  const answers = new Map<string, Promise<string>>();

  const start: Record<string, () => Promise<string>> = {
    async "/postgres"() {
      const server = await startPostgres();
      stops.push(() => server.stop());
      await prepareTemplate(server.url);
      return server.url;
    },
    async "/redis"() {
      const standIn = process.env["REDIS_URL"];
      if (findOrInstall("redis-server") === undefined && standIn) return standIn;
      const server = await startRedis();
      stops.push(() => server.stop());
      return server.url;
    },
    async "/embedded"() {
      const template = await makeMigratedTemplate();
      stops.push(() => template.remove());
      return template.path;
    },
    "/program/redis-server": () => path("redis-server"),
    "/program/chromium": () => path("chromium"),
  };

  const http: Server = createServer((request, response) => {
    const what = request.url ?? "";
    // A kept connection could close under the next question.
    response.setHeader("connection", "close");
    const begin = start[what] ?? (() => Promise.reject(new Error(`The test setup knows no ${what}.`)));
    const answer = answers.get(what) ?? begin();
    answers.set(what, answer);
    answer.then(
      (text) => response.end(text),
      (error: Error) => response.writeHead(500).end(error.message),
    );
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    async stop() {
      http.close();
      http.closeAllConnections();
      await Promise.allSettled(answers.values());
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}

async function path(program: Program): Promise<string> {
  const found = findOrInstall(program);
  if (found === undefined) throw new Error(missing(program));
  return found;
}
