import { createTransport, type Transporter } from "nodemailer";
import { PatrolError } from "../../model/errors.ts";
import type { Mail, Mailer } from "../mailer.ts";

/** Milliseconds; each may be set in the URL instead (`smtp://host?socketTimeout=60000`). */
const LIMITS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000, dnsTimeout: 10_000 };

/** Hands mails to an SMTP server. `smtps:` speaks TLS from the start; `smtp:` changes to TLS when the server can. */
export class SmtpMailer implements Mailer {
  readonly #transport: Transporter;
  readonly #from: string;

  /** @throws PatrolError `setting-invalid`, naming the setting and never its value, which may hold a password. */
  constructor(options: { readonly url: string; readonly from: string }) {
    this.#transport = createTransport(withLimits(options.url));
    this.#from = options.from;
  }

  async send(mail: Mail): Promise<void> {
    try {
      await this.#transport.sendMail({
        from: this.#from,
        to: { name: "", address: mail.to },
        subject: mail.subject,
        text: mail.text,
        html: mail.html,
        messageId: `<${mail.messageId}>`,
        inReplyTo: mail.inReplyTo && `<${mail.inReplyTo}>`,
        references: mail.inReplyTo && `<${mail.inReplyTo}>`,
        headers: { ...mail.headers },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
    } catch (error) {
      const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
      const answer = [code, responseCode].filter((part) => typeof part === "string" || typeof part === "number");
      throw new PatrolError("mail-failed", `The mail server did not take the mail (${answer.join(" ")}).`);
    }
  }

  async close(): Promise<void> {
    this.#transport.close();
    return await Promise.resolve();
  }
}

function withLimits(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "")
    throw new PatrolError("setting-invalid", "SMTP_URL must read smtp://user:password@host:587 or smtps://…");
  for (const [name, limit] of Object.entries({ pool: "true", maxConnections: 4, ...LIMITS }))
    if (!url.searchParams.has(name)) url.searchParams.set(name, String(limit));
  return url.href;
}
