import { once } from "node:events";
import type { AddressInfo } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

interface ReceivedMail {
  readonly from: string;
  readonly to: string[];
  /** As it came over the wire. */
  readonly raw: Buffer;
  readonly parsed: Email;
}

export interface SmtpServer {
  /** A nodemailer transport URL. */
  readonly url: string;
  /** What was accepted, in order of arrival. */
  mails(): ReceivedMail[];
  /** The next `n` mails are refused with 451, as a busy server does. */
  failNext(n: number): void;
  /** The next `n` mails are accepted and kept, but the connection breaks before the sender hears so. */
  dropAfterData(n: number): void;
  close(): Promise<void>;
}

/** Starts an SMTP server on a free loopback port. */
export async function startSmtp(): Promise<SmtpServer> {
  const received: ReceivedMail[] = [];
  let failures = 0;
  let drops = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    logger: false,
    async onData(stream, session, done) {
      try {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        if (failures > 0) {
          failures -= 1;
          done(Object.assign(new Error("Busy, try again later"), { responseCode: 451 }));
          return;
        }
        const raw = Buffer.concat(chunks);
        received.push({
          from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map((recipient) => recipient.address),
          raw,
          parsed: await PostalMime.parse(raw),
        });
        if (drops > 0) {
          drops -= 1;
          for (const connection of server.connections) if (connection.id === session.id) connection._socket.destroy();
          return;
        }
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
  // Clients that break off are what some tests are about.
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: () => [...received],
    failNext: (n) => void (failures = n),
    dropAfterData: (n) => void (drops = n),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
