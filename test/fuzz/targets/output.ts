import { join } from "node:path";
import { findingBlock, paint } from "../../../src/cli/terminal/look.ts";
import { viewOf } from "../../../src/mail/leak-report.ts";
import { loadTemplates, render } from "../../../src/mail/render.ts";
import { FORMATS } from "../../../src/report/formats.ts";
import type { ReportContext, ReportedFinding } from "../../../src/report/row.ts";
import { summary } from "../../../src/report/summary.ts";
import { printable } from "../../../src/report/printable.ts";
import { incidentPage, incidentsSection } from "../../../src/ui/incidents.ts";
import { hold, type Target } from "../target.ts";
import { Tape } from "../tape.ts";

const AT = new Date("2026-01-31T12:00:00Z");

/** Texts that strangers chose, by the order in which they are asked for. */
type Ask = () => string;

function findingOf(ask: Ask): ReportedFinding {
  return {
    row: {
      RuleID: ask(),
      Description: ask(),
      StartLine: 3,
      EndLine: 3,
      StartColumn: 1,
      EndColumn: 9,
      Match: ask(),
      Secret: "REDACTED",
      File: ask(),
      SymlinkFile: ask(),
      Commit: "a".repeat(40),
      Entropy: 3.5,
      Author: ask(),
      Email: ask(),
      Date: "2026-01-31T12:00:00Z",
      Message: ask(),
      Tags: [ask(), ask()],
      Fingerprint: ask(),
    },
    rule: { id: "id", name: ask(), issuer: ask(), references: [ask()], revokeAt: ask() },
    checksum: "valid",
    decoded: ["base64"],
    required: [{ id: ask(), line: 3, secret: "REDACTED" }],
    excerpt: printable(ask()),
    startCharacter: 1,
    endCharacter: 9,
    contentKey: "00",
    suppression: undefined as never,
  };
}

const contextOf = (ask: Ask): ReportContext => ({
  version: "1.2.3",
  rules: [{ id: "id", name: ask(), references: [ask()] }],
  skipped: [{ what: ask(), why: ask() }],
  startedAt: AT,
  endedAt: AT,
});

function pages(ask: Ask): string[] {
  const row = {
    id: "1",
    organization: ask(),
    tokenName: ask(),
    tokenHint: ask(),
    owner: ask(),
    action: "revoke" as const,
    clause: ask(),
    openedAt: AT,
    revokeAt: null,
    revokedAt: AT,
    leakCount: 1,
  };
  const leak = {
    repository: ask(),
    commit: "a".repeat(40),
    path: ask(),
    line: 1,
    kind: "file",
    author: ask(),
    authoredAt: AT,
    detectedAt: AT,
  };
  const event = { at: AT, actionId: ask(), details: ask() };
  return [
    incidentsSection([row]),
    incidentPage({ incident: row, leaks: [leak], events: [event], mails: [] } as never),
  ].map(String);
}

const templates = loadTemplates(join(import.meta.dirname, "../../../src/mail/templates"));

function mailOf(ask: Ask) {
  const view = viewOf(
    {
      at: AT,
      incidentId: "1",
      organization: ask(),
      token: {
        name: ask(),
        hint: ask(),
        c3id: "c3",
        scopes: ["code"],
        isHighPrivilege: false,
        createdAt: AT,
        expiresAt: AT,
      },
      ownerEmail: "ada@example.org",
      isToOwner: ask() === "",
      isOwnerDisabled: false,
      clause: "public",
      policyVersion: 1,
      places: [
        {
          kind: "file",
          repository: ask(),
          commit: "a".repeat(40),
          path: ask(),
          line: 1,
          author: ask(),
          detectedAt: AT,
          ruleId: "id",
          decoded: [],
        },
      ],
      total: 1,
      isPublic: true,
    },
    { publicUrl: "https://patrol.example.org", githubUrl: "https://github.example.org" },
  );
  const envelope = { incidentId: "1", recipientId: "2", to: "ada@example.org", domain: "example.org" };
  return render("leak-found", view, envelope, templates);
}

/** The tags of a page, without the values of their attributes, and without links: what is an address may be one. */
const tags = (markup: string) =>
  (markup.match(/<[^>]*>/g) ?? [])
    .map((tag) => tag.replace(/"[^"]*"/g, '""'))
    .filter((tag) => tag !== '<a href="" rel="">' && tag !== "</a>")
    .join("\n");
const lines = (text: string) => text.split("\n").length;

/** RFC 4180. */
function cells(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain = "", end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n|$)/g)) {
    if (end === "" && quoted === undefined && plain === "") break;
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\n") rows.push([]);
  }
  return rows.filter((row) => row.length > 0);
}

const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/**
 * Paths, names, messages and rules of strangers in everything that we write: they stay text. Pages, mails and XML have the
 * tags that they have with plain letters; tables have their cells; a terminal gets no control character.
 */
export function output(): Target {
  return {
    name: "output",
    rounds: 90,
    maxBytes: 8192,
    run(input) {
      const tape = new Tape(input);
      const chosen: string[] = [];
      const ask = () => {
        const text = tape.take(1 + tape.below(60)).toString("utf8");
        // What is blank, a mail says nothing of.
        chosen.push(text.trim() === "" ? "x" : text);
        return chosen.at(-1)!;
      };
      let next = 0;
      const asked = () => (next < chosen.length ? (chosen[next++] as string) : ask());
      const hostile = <T>(make: (ask: Ask) => T): T => ((next = 0), make(asked));
      const calm = <T>(make: (ask: Ask) => T): T => make(() => "a");

      for (const name of ["html", "junit"]) {
        const write = (ask: Ask) => FORMATS[name]?.([findingOf(ask)], contextOf(ask)) ?? "";
        hold(tags(hostile(write)) === tags(calm(write)), () => `${name} has other tags: ${tags(hostile(write))}`);
      }
      hold(
        !/href="(?!https?:\/\/)/.test(hostile((ask) => FORMATS["html"]?.([findingOf(ask)], contextOf(ask)) ?? "")),
        () => "a link that is none",
      );
      for (const name of ["json", "sarif", "gitlab"])
        JSON.parse(hostile((ask) => FORMATS[name]?.([findingOf(ask)], contextOf(ask)) ?? ""));
      const table = cells(hostile((ask) => FORMATS["csv"]?.([findingOf(ask)], contextOf(ask)) ?? ""));
      hold(
        table.length === 2 && table[0]?.length === table[1]?.length,
        () => `a CSV of ${table.map((row) => row.length).join(", ")} cells`,
      );
      hold(!table.flat().some((cell) => /^[=+\-@\t\r]/.test(cell)), () => "a cell that is a formula");
      for (const [name, write] of [
        ["github", (ask: Ask) => FORMATS["github"]?.([findingOf(ask)], contextOf(ask)) ?? ""],
        ["summary", (ask: Ask) => summary([findingOf(ask)], contextOf(ask))],
        ["terminal", (ask: Ask) => findingBlock(findingOf(ask), paint(false, true, {}))],
      ] as const)
        hold(
          lines(hostile(write)) === lines(calm(write)),
          () => `${name} has other lines: ${JSON.stringify(hostile(write))}`,
        );
      const block = hostile((ask) => findingBlock(findingOf(ask), paint(false, true, {})));
      hold(!CONTROLS.test(block), () => `a control character for a terminal: ${JSON.stringify(block)}`);

      const [some, plain] = [hostile(pages), calm(pages)];
      some.forEach((page, i) =>
        hold(tags(page) === tags(plain[i] ?? ""), () => `a page has other tags: ${tags(page)}`),
      );
      const mail = hostile(mailOf);
      hold(!/[\r\n]/.test(mail.subject + mail.to + (mail.messageId ?? "")), () => "a line end in a mail's header");
      hold(!CONTROLS.test(mail.text) && !CONTROLS.test(mail.subject), () => "a control character in a mail");
      hold(/^.*$/.test(mail.subject), () => "a subject of several lines");
      const calmTags = [calm(mailOf), mailOf((() => "evil.example/a") as Ask)].map(({ html }) => tags(html ?? ""));
      hold(calmTags.includes(tags(mail.html ?? "")), () => `a mail has other tags: ${tags(mail.html ?? "")}`);
    },
    seeds: () => [
      Buffer.alloc(2000, "\x1esome/path.txt and more words in here "),
      Buffer.alloc(2000, "\x20<script>alert(1)</script>\"'>&amp; "),
      Buffer.alloc(2000, "\x10\x1b[2J\x1b]0;x\x07\r\nBcc: a@b.c"),
      Buffer.alloc(2000, "\x0f=1+1|`*_[x](http://evil.example/x)\u202e::error::%0A"),
    ],
    words: [
      "<",
      ">",
      '"',
      "'",
      "&",
      "\r\n",
      "\n",
      "\x1b[31m",
      "\x9b",
      "\u202e",
      "]]>",
      "<!--",
      "javascript:",
      "=cmd",
      "::error",
      "|",
      "{{",
      "}}",
      "{{name}}",
      "\0",
      "\u2028",
      "$&",
      "$'",
    ],
  };
}
