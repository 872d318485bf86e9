import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below those that systems take for outgoing connections (Linux from 32768, others from 49152): one of these would
 * else have the port before the server that is to listen on it, or while that one is down.
 */
const [LEAST, END] = [16_384, 32_768];

/** A port of the loopback address that nothing listened on a moment ago, and that no outgoing connection is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LEAST, END);
    const server = createServer().listen({ port, host: "127.0.0.1", exclusive: true });
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
