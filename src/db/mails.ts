import type { Database } from "./database.ts";

/** A mail of the local mailbox. */
export interface KeptMail {
  readonly messageId: string;
  readonly inReplyTo?: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sentAt: Date;
}

/** Keeps a mail; one with the same Message-ID is the same mail, and stays as it was. */
export async function keepMail(db: Database, mail: KeptMail): Promise<void> {
  await db
    .insertInto("mails")
    .values({
      message_id: mail.messageId,
      in_reply_to: mail.inReplyTo ?? null,
      recipient: mail.to,
      subject: mail.subject,
      text_body: mail.text,
      html_body: mail.html,
      headers: JSON.stringify(mail.headers),
      sent_at: mail.sentAt,
    })
    .onConflict((conflict) => conflict.column("message_id").doNothing())
    .execute();
}
