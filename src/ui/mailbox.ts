import { html } from "hono/html";
import { type Html, layout, time } from "./layout.ts";

export interface MailRow {
  readonly messageId: string;
  readonly to: string;
  readonly subject: string;
  readonly sentAt: Date;
}

export function mailboxSection(mails: readonly MailRow[] | undefined): Html {
  return html`<section id="mailbox">
    <h2>Mailbox</h2>
    ${
      mails === undefined
        ? html`<p class="empty">Mails go to the SMTP server of <code>SMTP_URL</code>.</p>`
        : mails.length === 0
          ? html`<p class="empty">No mail was written. Without <code>SMTP_URL</code> they are kept here.</p>`
          : html`<table>
              <thead>
                <tr>
                  <th scope="col">Sent (UTC)</th>
                  <th scope="col">To</th>
                  <th scope="col">Subject</th>
                </tr>
              </thead>
              <tbody>
                ${mails.map(
                  (mail) =>
                    html`<tr>
                      <td>${time(mail.sentAt)}</td>
                      <td>${mail.to}</td>
                      <td><a href="/mails/${encodeURIComponent(mail.messageId)}">${mail.subject}</a></td>
                    </tr>`,
                )}
              </tbody>
            </table>`
    }
  </section>`;
}

/** One mail as its plain text: nothing that a stranger wrote is rendered as a page. */
export function mailPage(mail: MailRow & { readonly text: string }): Html {
  return layout({
    title: mail.subject,
    signedIn: true,
    body: html`<section>
      <h2>${mail.subject}</h2>
      <p class="note">To ${mail.to}, ${time(mail.sentAt)}, <code>${mail.messageId}</code></p>
      <pre>${mail.text}</pre>
    </section>`,
  });
}
