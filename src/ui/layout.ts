import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** Text that was escaped when it was made: pages are built from nothing else. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** The frame around every page. */
export function layout(page: { readonly title: string; readonly signedIn: boolean; readonly body: Html }): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${page.title} · Patrol</title>
        <link rel="stylesheet" href="/assets/style.css" />
        <link rel="icon" href="data:," />
      </head>
      <body>
        ${page.signedIn ? banner() : ""}
        <main>${page.body}</main>
      </body>
    </html>`;
}

function banner(): Html {
  return html`<header>
    <h1><a href="/">Patrol</a></h1>
    <nav aria-label="Sections">
      <a href="/#incidents">Incidents</a>
      <a href="/#deliveries">Deliveries</a>
      <a href="/#policies">Policies</a>
      <a href="/#mailbox">Mailbox</a>
    </nav>
    <form method="post" action="/sign-out"><button class="plain">Sign out</button></form>
  </header>`;
}

/** A moment, exact for machines and short for people (UTC). */
export function time(at: Date | null | undefined): Html {
  if (!at) return html`–`;
  const iso = at.toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 19).replace("T", " ")}</time>`;
}

/** A word about how something stands, coloured by `tone`; the word alone must carry the meaning. */
export function state(word: string, tone: string): Html {
  return html`<span class="state ${tone}">${word}</span>`;
}
