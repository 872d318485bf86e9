import { html } from "hono/html";
import { type DeliveryRow, deliveriesSection } from "./deliveries.ts";
import { type IncidentRow, incidentsSection } from "./incidents.ts";
import { layout, type Html } from "./layout.ts";
import { type MailRow, mailboxSection } from "./mailbox.ts";
import { policiesSection, type PolicyRow } from "./policies.ts";

export interface Home {
  readonly incidents: readonly IncidentRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly policies: readonly PolicyRow[];
  /** Undefined when mails go to an SMTP server. */
  readonly mails: readonly MailRow[] | undefined;
  /** What just happened, or why it did not. */
  readonly notice?: { readonly text: string; readonly isError: boolean };
}

/** The first page: what leaked, what arrived, what policy says, what was mailed. */
export function homePage(home: Home): Html {
  const notice = home.notice;
  return layout({
    title: "Overview",
    signedIn: true,
    body: html`${notice ? html`<p role="${notice.isError ? "alert" : "status"}" class="${notice.isError ? "error" : "done"}">${notice.text}</p>` : ""}
    ${incidentsSection(home.incidents)} ${deliveriesSection(home.deliveries)} ${policiesSection(home.policies)}
    ${mailboxSection(home.mails)}`,
  });
}
