import { connect } from "node:net";
import type { Database } from "../../../src/db/database.ts";
import { headersOf, pushPayload, startEdge } from "../../support/edge.ts";
import { hold, PLANTED, type Target } from "../target.ts";

/** Milliseconds: a request that never ends is cut off. */
const PATIENCE = { headersMs: 150, requestMs: 150, checkMs: 20, keepAliveMs: 150, restMs: 100 };

/** The bytes that a stranger sends to the service's port: nobody's signature holds, so nothing reaches the database. */
export async function requests(): Promise<Target> {
  const asked: string[] = [];
  const untouchable = new Proxy({} as Database, {
    get(_, name) {
      asked.push(String(name));
      throw new Error("the database was asked");
    },
  });
  const edge = await startEdge(untouchable, { patience: PATIENCE });
  const say = (bytes: Uint8Array) =>
    new Promise<string>((resolve) => {
      let said = "";
      const socket = connect(edge.port, "127.0.0.1", () => socket.end(bytes));
      socket.on("data", (chunk) => (said += chunk.toString("latin1")));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(said));
    });
  const request = (body: string, headers: Record<string, string>, start = "POST /webhooks/github HTTP/1.1") =>
    Buffer.from(
      `${start}\r\nhost: a\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join("")}connection: close\r\n\r\n${body}`,
    );
  const body = JSON.stringify({ ...pushPayload(), note: PLANTED });
  const headers = headersOf(body, { "x-hub-signature-256": `sha256=${"a".repeat(64)}` });
  const length = String(Buffer.byteLength(body));
  return {
    name: "requests",
    rounds: 60,
    maxBytes: 1 << 14,
    async run(input) {
      asked.length = 0;
      edge.log.lines.length = 0;
      const said = await say(input);
      const statuses = [...said.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
      hold(said === "" || statuses.length > 0, () => `it says ${said.slice(0, 80)}`);
      hold(!said.includes(PLANTED), () => "the answer repeats the body");
      hold(!edge.log.lines.some((line) => line.includes(PLANTED)), () => "the log repeats the body");
      // Pages and checks of tokens ask the database of their own accord.
      hold(asked.length > 0 || statuses.every((status) => status !== 500), () => said.slice(0, 300));
    },
    seeds: () => [
      request(body, { ...headers, "content-length": length }),
      request(`${Number(length).toString(16)}\r\n${body}\r\n0\r\n\r\n`, { ...headers, "transfer-encoding": "chunked" }),
      request("", {}, "GET /healthz HTTP/1.1"),
      request("", { authorization: "Basic YTpi" }, "GET /auth/verify HTTP/1.1"),
      request("a=b", { "content-length": "3", expect: "100-continue" }, "PUT /webhooks/github?x=%00 HTTP/1.1"),
    ],
    words: [
      ...[
        "\r\n",
        "\r\n\r\n",
        "content-length: ",
        "transfer-encoding: chunked",
        "expect: 100-continue",
        "GET ",
        "POST ",
      ],
      ...[
        "/webhooks/github",
        "HTTP/1.1",
        "HTTP/1.0",
        "x-hub-signature-256: ",
        "x-github-event: ping",
        "%2e%2e",
        "//",
        "\0",
      ],
      ...["upgrade: h2c", "connection: upgrade", ": ", "0\r\n\r\n", "ffffffffffffffff\r\n", "-1"],
    ],
    close: () => void edge.close(),
  };
}
