import type { Database } from "../../db/database.ts";
import { keepMail } from "../../db/mails.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Mail, Mailer } from "../mailer.ts";

/** Keeps mails in the database, where Patrol's page shows them: the mailer when no SMTP server is set. */
export class Mailbox implements Mailer {
  readonly #db: Database;
  readonly #now: () => Date;

  constructor(options: { readonly db: Database; readonly now: () => Date }) {
    this.#db = options.db;
    this.#now = options.now;
  }

  async send(mail: Mail): Promise<void> {
    try {
      await keepMail(this.#db, { ...mail, sentAt: this.#now() });
    } catch (error) {
      throw new PatrolError("mail-failed", "The mailbox cannot be written to.", { cause: error });
    }
  }

  async close(): Promise<void> {
    return await Promise.resolve();
  }
}
