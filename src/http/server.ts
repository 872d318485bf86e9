import { createServer as createNodeServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Incoming, passOverRest } from "./incoming.ts";
import { type HttpParts, routes } from "./routes.ts";

/** How long strangers may keep a connection busy, in milliseconds. GitHub itself gives up after ten seconds. */
export interface Patience {
  /** From the first byte of a request to the end of its headers. */
  readonly headersMs: number;
  /** From the first byte of a request to the end of its body. */
  readonly requestMs: number;
  /** How often the two limits above are checked. */
  readonly checkMs: number;
  /** An open connection without a request. */
  readonly keepAliveMs: number;
  /** The rest of a body that nobody reads, once the request is answered. */
  readonly restMs: number;
}

export const PATIENCE: Patience = {
  headersMs: 10_000,
  requestMs: 20_000,
  checkMs: 1_000,
  keepAliveMs: 60_000,
  restMs: 500,
};
const MOST_CONNECTIONS = 2_000;

/** The service's HTTP server, not yet listening. Requests that take too long to arrive are answered 408 and cut off. */
export function createServer(parts: HttpParts, patience: Patience = PATIENCE): Server {
  const app = routes(parts);
  const listener = getRequestListener((request, env) => app.fetch(request, env as never), {
    overrideGlobalObjects: false,
    autoCleanupIncoming: false,
  });
  const server = createNodeServer(
    {
      headersTimeout: patience.headersMs,
      requestTimeout: patience.requestMs,
      connectionsCheckingInterval: patience.checkMs,
      keepAliveTimeout: patience.keepAliveMs,
      maxHeaderSize: 16 * 1024,
      IncomingMessage: Incoming,
    },
    (incoming, outgoing) => {
      passOverRest(incoming, outgoing, patience.restMs);
      void listener(incoming, outgoing);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  return server;
}

/** Takes no more connections, lets the requests under way end for at most `graceMs`, then cuts them off. */
export async function closeServer(server: Server, graceMs = 10_000): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(cut);
}
