import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { escapeHtml, oneLine } from "./harmless.ts";
import type { Mail } from "./mailer.ts";
import { fill, type View } from "./template.ts";

const NAMES = ["leak-found", "revocation-planned", "token-revoked"] as const;

type TemplateName = (typeof NAMES)[number];

interface Template {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export type Templates = Readonly<Record<TemplateName, Template>>;

/** Reads `<folder>/<name>/{subject.txt,body.txt,body.html}`, and how all begin and end, `<folder>/{head.html,foot.html,foot.txt}`, once at start. */
export function loadTemplates(folder: string): Templates {
  const file = (...path: readonly string[]) => readFileSync(join(folder, ...path), "utf8");
  const read = (name: TemplateName): Template => ({
    subject: file(name, "subject.txt"),
    text: file(name, "body.txt") + file("foot.txt"),
    html: file("head.html") + file(name, "body.html") + file("foot.html"),
  });
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Templates;
}

/** Where a mail belongs: its thread is the incident's. */
export interface Envelope {
  readonly incidentId: string;
  readonly recipientId: string;
  /** A checked address. */
  readonly to: string;
  /** Right side of the Message-ID. */
  readonly domain: string;
  /** The mail of the same thread that this one follows. */
  readonly follows?: TemplateName;
  /** The deadline that this one was asked for, ISO 8601: of its name there is one mail for each. */
  readonly revokeAt?: string;
}

/** RFC 3834, and Exchange's own: nobody's absence note answers a machine. */
const HEADERS = { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" };

/** One mail, the same each time for the same rows. */
export function render(name: TemplateName, view: View, envelope: Envelope, templates: Templates): Mail {
  const template = templates[name];
  return {
    messageId: messageId(envelope.revokeAt === undefined ? name : `${name}-${Date.parse(envelope.revokeAt)}`, envelope),
    inReplyTo: envelope.follows && messageId(envelope.follows, envelope),
    to: envelope.to,
    subject: oneLine(fill(template.subject, view, (value) => value).replace(/\s+/g, " ")),
    text: tidy(fill(template.text, view, (value) => value)),
    html: fill(template.html, view, escapeHtml),
    headers: HEADERS,
  };
}

/** `leak.{incident}.{kind}.{recipient-hash}@domain`: sent twice, it is one message. */
function messageId(name: string, { incidentId, recipientId, domain }: Envelope): string {
  const recipient = createHash("sha256").update(recipientId).digest("hex").slice(0, 16);
  return `leak.${incidentId}.${name}.${recipient}@${domain}`;
}

/** Sections that were dropped leave no holes. */
const tidy = (text: string) => `${text.replace(/\n{3,}/g, "\n\n").trim()}\n`;
