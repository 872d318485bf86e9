import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, test } from "vitest";
import { SYSTEM } from "../../src/audit/event.ts";
import { openPostgres } from "../../src/db/database.ts";
import { setRole } from "../../src/db/organizations.ts";
import { changePolicy } from "../../src/db/policies.ts";
import { createUser, setDisabled } from "../../src/db/users.ts";
import { Mailbox } from "../../src/mail/mailbox/mailbox.ts";
import { loadTemplates } from "../../src/mail/render.ts";
import { SmtpMailer } from "../../src/mail/smtp/smtp-mailer.ts";
import type { Mailer } from "../../src/mail/mailer.ts";
import { PatrolError } from "../../src/model/errors.ts";
import type { Fragment } from "../../src/model/fragment.ts";
import type { PolicyMode } from "../../src/model/policy.ts";
import type { Secret } from "../../src/model/secret.ts";
import { revokeToken } from "../../src/pat/revoke-token.ts";
import { handlePush } from "../../src/pipeline/handle-push.ts";
import { revokeDue } from "../../src/pipeline/revoke-due.ts";
import { sendOutboxMail } from "../../src/pipeline/send-outbox-mail.ts";
import { describeOnBothDatabases, freshDatabase } from "../support/postgres.ts";
import { aPush, fileFragment, setScene, type Scene } from "../support/scene.ts";
import { type SmtpServer, startSmtp } from "../support/smtp.ts";

const templates = loadTemplates("src/mail/templates");
const sites = { publicUrl: "https://patrol.acme.example", githubUrl: "https://github.com" };
const domain = "acme.example";

describeOnBothDatabases("the mails of a leak", (db) => {
  let scene: Scene;
  let smtp: SmtpServer;
  let mailer: SmtpMailer;
  beforeAll(async () => {
    smtp = await startSmtp();
    mailer = new SmtpMailer({ url: smtp.url, from: "Patrol <patrol@acme.example>" });
  });
  afterAll(async () => {
    await mailer.close();
    await smtp.close();
  });
  beforeEach(async () => {
    scene = await setScene(db());
  });

  const mode = (mode: PolicyMode, graceHours?: number) =>
    changePolicy(db(), {
      organizationId: scene.organization.id,
      mode,
      graceHours,
      actor: SYSTEM,
      at: scene.clock.now(),
    });
  const rows = async () => await db().selectFrom("outbox").select(["id", "payload"]).orderBy("created_at").execute();
  const send = async (through: Mailer = mailer) => {
    const sent = [];
    for (const row of await rows()) {
      const user = row.payload["userId"];
      const incident = await db()
        .selectFrom("incidents")
        .select("organization_id")
        .where("id", "=", row.payload["incidentId"] ?? "")
        .executeTakeFirst();
      if (user === undefined || incident?.organization_id !== scene.organization.id) continue;
      sent.push(
        await sendOutboxMail(row, { db: db(), mailer: through, templates, sites, domain, now: scene.clock.now }),
      );
    }
    return sent;
  };
  const push = async (secret: Secret, commit: number, more: Parameters<typeof fileFragment>[2] = {}) => {
    const fragments: Fragment[] = [fileFragment(`x\n${secret.reveal()}`, commit, more)];
    await handlePush(aPush(), scene.river(fragments));
  };
  const leak = async (more: Parameters<typeof fileFragment>[2] = {}) => {
    const { secret, token } = await scene.mint();
    await push(secret, 7, more);
    return { secret, token };
  };

  test("one mail says that it was found and is revoked, and holds no token", async () => {
    const { secret, token } = await leak();
    const before = smtp.mails().length;
    await send();
    const [mail, ...more] = smtp.mails().slice(before);
    assert.equal(more.length, 0);
    assert.deepEqual(mail?.to, [scene.owner.email]);
    const { subject, text = "", html = "", headers } = mail?.parsed ?? assert.fail();
    assert.equal(subject, 'Your access token "ci" was found in a repository and is revoked');
    for (const body of [text, html]) {
      assert.ok(body.includes("Patrol revoked it at 2026-03-01 09:00:00 UTC"), body);
      assert.ok(body.includes("mallory/dotfiles"));
      assert.ok(body.includes("deploy/settings.env"));
      assert.ok(body.includes(token.c3id.slice(0, 4)));
      assert.ok(body.includes("vso.code_write (high privilege)"));
      assert.ok(!body.includes(secret.reveal()) && !body.includes(secret.reveal().slice(7, 37)));
    }
    assert.ok(!mail?.raw.toString().includes(secret.reveal()));
    const header = (key: string) => headers.find((one) => one.key === key)?.value;
    assert.equal(header("auto-submitted"), "auto-generated");
    assert.equal(header("x-auto-response-suppress"), "All");
    assert.match(header("message-id") ?? "", /^<leak\.[0-9a-f-]{36}\.leak-found\.[0-9a-f]{16}@acme\.example>$/);
  });

  test("with a time of grace the first mail names the deadline and the second joins its thread", async () => {
    await mode("grace");
    await leak();
    const [first] = await send();
    assert.match(first?.subject ?? "", /replace it before 2026-03-04 09:00:00 UTC$/);
    assert.ok(first?.text.includes("It still works. Patrol will revoke it at 2026-03-04 09:00:00 UTC"));
    assert.ok(!first?.text.includes("revoked it at"));
    scene.clock.passHours(72);
    await revokeDue(scene.pat);
    const [late, second] = await send();
    assert.equal(late?.messageId, first?.messageId);
    assert.ok(late?.text.includes("Patrol revoked it at 2026-03-04 09:00:00 UTC"), "a late mail says what is true now");
    assert.equal(second?.inReplyTo, first?.messageId);
    const received = smtp.mails().at(-1);
    assert.equal(received?.parsed.inReplyTo, `<${first?.messageId}>`);
    assert.equal(received?.parsed.references, `<${first?.messageId}>`);
    assert.equal(received?.parsed.subject, 'Your access token "ci" is revoked');
  });

  test.each([
    ["is over", { state: "closed" }],
    ["ends in no revocation", { action: "notify" }],
  ] as const)("of an incident that %s no deadline is named, whatever stands in its row", async (_, change) => {
    await mode("grace");
    const { token } = await leak();
    await db().updateTable("incidents").set(change).where("token_id", "=", token.id).execute();
    const [mail] = await send();
    for (const text of [mail?.subject, mail?.text, mail?.html])
      assert.ok(text !== undefined && !/2026-03-04|will revoke/.test(text), text);
  });

  test("of a token that a person revoked before the mails went out, each says so", async () => {
    await mode("notify_only");
    const { secret, token } = await leak();
    await mode("grace", 10);
    await push(secret, 8);
    scene.clock.passHours(1);
    const actor = { userId: scene.owner.id, upn: scene.owner.email, displayName: "Alice" };
    await revokeToken(scene.pat, { tokenId: token.id, because: "owner", actor });
    const mails = await send();
    assert.equal(mails.length, 2);
    for (const { subject, text, html } of mails) {
      assert.match(subject, /is revoked$/);
      for (const body of [text, html]) {
        assert.ok(body.includes("It was revoked by hand at 2026-03-01 10:00:00 UTC"), body);
        assert.ok(!/Patrol (will revoke|revoked)|still works/.test(body), body);
      }
    }
  });

  test("who was told that the token stays, or for how long, is told of each earlier end before it comes", async () => {
    await mode("grace", 72);
    const { secret } = await leak({ exposure: "private" });
    const [first] = await send();
    assert.ok(first?.text.includes("Patrol will not revoke it"), first?.text);

    await push(secret, 8);
    const [, planned] = await send();
    assert.equal(planned?.subject, 'Your access token "ci" will be revoked at 2026-03-04 09:00:00 UTC');
    for (const body of [planned?.text, planned?.html])
      assert.match(body ?? "", /It still works\. Patrol will revoke it at 2026-03-04 09:00:00 UTC/);
    assert.equal(planned?.inReplyTo, first?.messageId);

    await push(secret, 9);
    assert.equal((await send()).length, 2, "a leak that changes nothing of the plan is not written about");

    await mode("grace", 1);
    await push(secret, 10);
    const sooner = (await send()).at(-1);
    assert.equal(sooner?.subject, 'Your access token "ci" will be revoked at 2026-03-01 10:00:00 UTC');
    scene.clock.passHours(1);
    await revokeDue(scene.pat);
    const all = await send();
    assert.equal(new Set(all.map((mail) => mail.messageId)).size, 4);
    assert.match(all.at(-1)?.text ?? "", /was revoked by Patrol at 2026-03-01 10:00:00 UTC/);
    const late = all[2];
    assert.equal(late?.subject, 'Your access token "ci" is revoked', "a late mail says what is true now");
    for (const body of [late?.text, late?.html])
      assert.match(body ?? "", /Patrol revoked it at 2026-03-01 10:00:00 UTC/);
  });

  test("with notify_only the mail says that the token still works", async () => {
    await mode("notify_only");
    await leak();
    const [mail] = await send();
    assert.match(mail?.subject ?? "", /please revoke it$/);
    for (const body of [mail?.text, mail?.html])
      assert.match(body ?? "", /It still works\.(<\/strong>)? Patrol will not revoke it/);
  });

  test("of a token that expired before its mail went out, or sleeps with its owner's account, no mail says that it works", async () => {
    await mode("grace", 48);
    const { token } = await leak();
    await setDisabled(db(), scene.owner.id, scene.clock.now());
    const [asleep] = await send();
    await setDisabled(db(), scene.owner.id, undefined);
    await db().updateTable("tokens").set({ expires_at: scene.clock.now() }).where("id", "=", token.id).execute();
    const [expired] = await send();
    const says = [
      [asleep, /The account of its owner is disabled; it works again once that is enabled\./],
      [expired, /It expired at 2026-03-01 09:00:00 UTC and does not work any more\./],
    ] as const;
    for (const [mail, sentence] of says)
      for (const body of [mail?.text ?? "", mail?.html ?? ""]) {
        assert.match(body, sentence);
        assert.match(body, /Patrol will revoke it at 2026-03-03 09:00:00 UTC/);
        assert.doesNotMatch(body, /still works/);
      }
  });

  test("what strangers named cannot become a link, markup or another header", async () => {
    await leak({
      repository: "mallory/dotfiles",
      path: 'https://evil.example/<img src=x onerror="a()">\r\nBcc: all@acme.example',
      author: { name: "www.evil.example\u202e", email: "a@evil.example" },
      commit: "f".repeat(40),
    });
    const before = smtp.mails().length;
    const [mail] = await send();
    assert.deepEqual(smtp.mails().at(before)?.to, [scene.owner.email]);
    const bodies = `${mail?.text}${mail?.html}`;
    assert.ok(!bodies.includes("evil.example") && !bodies.includes("\u202e"));
    assert.ok(!mail?.html.includes("<img") && !mail?.html.includes('"a()"'));
    const links = [...bodies.matchAll(/https?:\/\/[^\s"<]+/g)].map(([url]) => new URL(url).host);
    assert.deepEqual([...new Set(links)].sort(), ["github.com", "patrol.acme.example"]);
  });

  test("what is no repository and no commit is not linked to, and no address or site can be clicked", async () => {
    const { secret } = await scene.mint();
    const places = [
      { repository: "../../evil" },
      { repository: "mallory/x?y=" },
      { repository: "a b/c" },
      { commit: "../../settings" },
      { commit: "abc" },
    ];
    await handlePush(
      aPush(),
      scene.river(
        places.map((place, n) => fileFragment(secret.reveal(), n + 1, { ...place, path: "to:a@evil ftp://b" })),
      ),
    );
    const [mail] = await send();
    assert.doesNotMatch(`${mail?.text}${mail?.html}`, /github\.com|a@evil|ftp:\/\//);
    assert.match(mail?.text ?? "", /to:a\[@\]evil ftp\[:\]\/\/b/);
  });

  test("no mail says that a token is revoked which is not, whatever was asked for", async () => {
    await mode("notify_only");
    await leak();
    const [row] = (await rows()).slice(-1);
    const parts = { db: db(), mailer, templates, sites, domain, now: scene.clock.now };
    const before = smtp.mails().length;
    await assert.rejects(sendOutboxMail({ ...row!, payload: { ...row!.payload, mail: "token-revoked" } }, parts), {
      code: "internal",
    });
    assert.equal(smtp.mails().length, before);
  });

  test("a name of any length takes a line of bounded length", async () => {
    await leak({ path: "x".repeat(1_000), author: { name: "y".repeat(1_000), email: "y@example.org" } });
    const [mail] = await send();
    assert.doesNotMatch(mail?.text ?? "", /[xy]{301}/);
    assert.match(mail?.text ?? "", /x{299}…/);
  });

  test("a worker that lost the row sends nothing", async () => {
    await leak();
    const before = smtp.mails().length;
    const [row] = (await rows()).slice(-1);
    const parts = { db: db(), mailer, templates, sites, domain, now: scene.clock.now };
    await assert.rejects(sendOutboxMail(row!, parts, AbortSignal.abort()));
    assert.equal(smtp.mails().length, before);
  });

  test("a disabled owner's mail goes to the organization's owners, else to its administrators", async () => {
    const stranger = await setScene(db());
    const member = async (role: "owner" | "administrator" | "member", name: string, scope = scene.organization) => {
      const user = await createUser(db(), { email: `${name}-${scene.organization.name}@acme.example` });
      await setRole(db(), scope.id, user.id, role);
      return user;
    };
    const admin = await member("administrator", "admin");
    await member("member", "member");
    await member("owner", "stranger", stranger.organization);
    await setDisabled(db(), (await member("owner", "gone")).id, scene.clock.now());
    const { secret } = await scene.mint();
    const { secret: later } = await scene.mint();
    await setDisabled(db(), scene.owner.id, scene.clock.now());
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 1)]));
    const [mail, ...others] = await send();
    assert.deepEqual([mail?.to, others.length], [admin.email, 0]);
    // It is not the reader's own.
    assert.equal(
      mail?.subject,
      `The access token "ci" of ${scene.owner.email} was found in a repository and is revoked`,
    );
    const owners = [await member("owner", "first"), await member("owner", "second")];
    await handlePush(aPush(), scene.river([fileFragment(later.reveal(), 2)]));
    assert.deepEqual((await send()).map(({ to }) => to).sort(), [admin, ...owners].map(({ email }) => email).sort());
  });

  test("where a token was found in public is told also when ten other places come first", async () => {
    const { secret } = await scene.mint();
    const hidden = Array.from({ length: 12 }, (_, n) => fileFragment(secret.reveal(), n + 1, { exposure: "private" }));
    await handlePush(aPush(), scene.river(hidden));
    scene.clock.passHours(1);
    await handlePush(aPush(), scene.river([fileFragment(secret.reveal(), 99)]));
    for (const { text } of await send())
      assert.doesNotMatch(text, /in a repository that is not public|found in a repository,/);
  });

  test("a mail sent twice is one mail in the mailbox", async () => {
    const { secret } = await leak();
    const mailbox = new Mailbox({ db: db(), now: scene.clock.now });
    await send(mailbox);
    await send(mailbox);
    const kept = await db().selectFrom("mails").selectAll().where("recipient", "=", scene.owner.email).execute();
    assert.equal(kept.length, 1);
    assert.ok(!JSON.stringify(kept).includes(secret.reveal()));
  });

  test("a server that refuses is asked again later", async () => {
    await leak();
    smtp.failNext(1);
    await assert.rejects(send(), (error) => {
      assert.ok(error instanceof PatrolError);
      assert.deepEqual([error.code, error.kind.retry], ["mail-failed", "later"]);
      return true;
    });
    assert.equal((await send()).length, 1);
  });

  test("when the server's answer is lost, the mail comes again as the same message", async () => {
    await leak();
    const before = smtp.mails().length;
    smtp.dropAfterData(1);
    await assert.rejects(send());
    await send();
    const ids = smtp
      .mails()
      .slice(before)
      .map((mail) => mail.parsed.messageId);
    assert.equal(ids.length, 2);
    assert.equal(new Set(ids).size, 1);
  });
});

test("a mailbox that is away is told as such", async () => {
  const { url, close } = await freshDatabase();
  await close();
  const db = openPostgres(url);
  const mailbox = new Mailbox({ db, now: () => new Date(0) });
  const mail = { messageId: "a@b", to: "a@b.example", subject: "", text: "", html: "", headers: {} };
  await assert.rejects(mailbox.send(mail), { code: "mail-failed" });
  await db.destroy();
});

test("a mail reads no file and asks no address, whatever is put into it", async () => {
  const smtp = await startSmtp();
  const mailer = new SmtpMailer({ url: smtp.url, from: "a@b.example" });
  const asked: (string | undefined)[] = [];
  const web = createServer((request, response) => {
    asked.push(request.url);
    response.end("find-me-marker");
  });
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const mail = { messageId: "a@b", to: "a@b.example", subject: "s", text: "t", html: "h", headers: {} };
  for (const elsewhere of [
    { path: "package.json" },
    { href: `http://127.0.0.1:${(web.address() as AddressInfo).port}/x` },
  ])
    for (const part of ["text", "html"])
      await assert.rejects(mailer.send({ ...mail, [part]: elsewhere }), { code: "mail-failed" });
  await mailer.send(mail);
  assert.deepEqual(
    smtp.mails().map(({ raw }) => raw.includes("find-me-marker") || raw.includes('"license"')),
    [false],
  );
  assert.deepEqual(asked, []);
  web.closeAllConnections();
  web.close();
  await mailer.close();
  await smtp.close();
});

test("an SMTP address that is none is refused without repeating it", () => {
  for (const url of ["", "http://x", "smtp:", "hunter2"])
    assert.throws(() => new SmtpMailer({ url, from: "a@b.example" }), /^PatrolError: SMTP_URL must read/);
});
