import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, test, vi } from "vitest";
import type { Secret } from "../../src/model/secret.ts";
import { openChromium } from "../support/chromium.ts";
import { type LiveRiver, openRiver, OWNER } from "../support/live-river.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const withPage = openChromium();

let river: LiveRiver;
let administrator: Secret;
beforeAll(async () => {
  river = await openRiver();
  administrator = await river.administrator();
});
afterAll(() => river?.close());

async function signIn(page: Page): Promise<void> {
  await page.goto(`${river.url}/`);
  await page.getByLabel("Administrator token").fill(administrator.reveal());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Deliveries" }).waitFor();
}

/** Git itself drops angle brackets from names, and nothing else. */
const HOSTILE = `Mallory" onclick='window.spoilt = 1' &lt;script&gt; Evil`;

/** Pushes a token of the organization to a repository of the token's name and waits until the river is still. */
async function leak(organization: string, name: string, path = "deploy/.env"): Promise<Secret> {
  const { secret } = await river.mint(organization, name);
  const repository = await river.github.createRepository(`${organization}/${name}-rocket`);
  const copy = await river.github.workingCopy(repository, {
    name: HOSTILE,
    email: "mallory@example.org",
  });
  await copy.write(path, `TOKEN=${secret.reveal()}\n`);
  await copy.commit("Deploy from CI");
  await copy.push();
  await river.settled();
  return secret;
}

const rowOf = (page: Page, text: string) => page.getByRole("row").filter({ hasText: text });

describe("Whoever is not signed in", () => {
  test("is led to the sign-in form by every page, and refused with a wrong token", async () => {
    await withPage(async (page) => {
      await page.goto(`${river.url}/incidents/00000000-0000-4000-8000-000000000000`);
      assert.equal(new URL(page.url()).pathname, "/sign-in");
      await page.getByLabel("Administrator token").fill("padm_guessed");
      await page.getByRole("button", { name: "Sign in" }).click();
      assert.match(await page.getByRole("alert").innerText(), /No administrator has this token/);
      await page.goto(`${river.url}/`);
      assert.equal(new URL(page.url()).pathname, "/sign-in");
    });
  });

  test("gets 401 from the API, in words", async () => {
    for (const authorization of ["", "Bearer padm_guessed", `Basic ${btoa(`:${administrator.reveal()}`)}`]) {
      const response = await fetch(`${river.url}/api/v1/deliveries`, { headers: { authorization } });
      assert.equal(response.status, 401);
      assert.match(await response.text(), /not-signed-in.*administrator token/);
    }
  });
});

describe("An administrator", () => {
  test("signs in by keyboard, sees what a leak did, reads the mail, and signs out", async () => {
    const secret = await leak("acme", "ci");
    assert.equal(await river.gate(secret), 401);
    await withPage(async (page) => {
      await page.goto(`${river.url}/`);
      // The field takes the focus by itself; nothing but keys is needed from here on.
      await page.locator("#token:focus").waitFor();
      await page.keyboard.type(administrator.reveal());
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Incidents" }).waitFor();
      await tabTo(page, "link", "ci");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Where it was found" }).waitFor();
      const found = rowOf(page, "acme/ci-rocket");
      assert.match(await found.innerText(), /deploy\/\.env:1/);
      assert.deepEqual(
        await page
          .locator("#events")
          .getByRole("row")
          .evaluateAll((rows) => rows.map((row) => row.querySelector("code")?.textContent)),
        ["Token.PatPublicDiscoveryEvent", "Token.PatSystemRevokeEvent"],
      );

      await page.goto(`${river.url}/`);
      assert.match(await rowOf(page, OWNER).first().innerText(), /ci[\s\S]*acme[\s\S]*revoked/);
      assert.match(await page.locator("#deliveries").innerText(), /acme\/ci-rocket[\s\S]*done/);
      await page.locator("#mailbox").getByRole("link").first().click();
      const mail = await page.locator("pre").innerText();
      assert.match(mail, /"ci".*of alice@acme\.example.*public repository[\s\S]*Patrol revoked it at/);
      assert.ok(!(await page.content()).includes(secret.reveal()));

      await tabTo(page, "button", "Sign out");
      await page.keyboard.press("Enter");
      await page.getByLabel("Administrator token").waitFor();
      await page.goBack();
      await page.goto(`${river.url}/`);
      assert.equal(new URL(page.url()).pathname, "/sign-in");
    });
  });

  test("turns revoking off and the next leaked token stays; grants a grace time and its deadline is shown", async () => {
    await river.mint("globex", "warm-up");
    await withPage(async (page) => {
      await signIn(page);
      const policy = page.getByRole("form", { name: "Policy of globex" });
      assert.equal(await policy.getByLabel("Revoke at once").isChecked(), true);

      await policy.getByLabel("Only tell the owner").check();
      await policy.getByRole("button", { name: "Save" }).click();
      await policy.getByText("version 2").waitFor();
      assert.equal(await policy.getByLabel("Only tell the owner").isChecked(), true);
      const told = await leak("globex", "notify");
      assert.equal(await river.gate(told), 200);
      await page.reload();
      assert.match(await rowOf(page, "notify").first().innerText(), /owner told/);

      await policy.getByLabel("Revoke after a grace time").check();
      await policy.getByLabel("Grace hours").fill("5");
      await policy.getByRole("button", { name: "Save" }).click();
      await policy.getByText("version 3").waitFor();
      const waiting = await leak("globex", "patient");
      assert.equal(await river.gate(waiting), 200);
      await page.reload();
      const row = rowOf(page, "patient").first();
      assert.match(await row.innerText(), /revokes/);
      const [foundAt, revokesAt] = await row
        .locator("time")
        .evaluateAll((times) => times.map((time) => Date.parse(time.getAttribute("datetime") ?? "")));
      assert.equal(Math.round((revokesAt! - foundAt!) / 3_600_000), 5);
    });
  });

  test("is told what is wrong with a policy, and nothing changes", async () => {
    await river.mint("initech", "warm-up");
    await withPage(async (page) => {
      await signIn(page);
      const policy = page.getByRole("form", { name: "Policy of initech" });
      // The browser itself holds back what the field does not take; whoever gets around that is told by the service.
      await policy.evaluate((form) => void Object.assign(form, { noValidate: true }));
      await policy.getByLabel("Grace hours").fill("9000");
      await policy.getByRole("button", { name: "Save" }).click();
      assert.match(await page.getByRole("alert").innerText(), /Grace hours is a whole number from 1 to 8760/);
      assert.equal(
        await page.getByRole("form", { name: "Policy of initech" }).getByLabel("Grace hours").inputValue(),
        "72",
      );
    });
  });

  test("sees hostile names as text: no script runs, and the page forbids any", async () => {
    await leak("hooli", "hostile", `<img src=x onerror="window.spoilt = 1"><b>.env`);
    await withPage(async (page) => {
      await signIn(page);
      const response = await page.goto(`${river.url}/`);
      const csp = response?.headers()["content-security-policy"] ?? "";
      assert.match(csp, /default-src 'none'/);
      assert.doesNotMatch(csp, /script-src|unsafe/);
      await rowOf(page, "hostile").first().getByRole("link").click();
      await page.getByText(`<img src=x onerror="window.spoilt = 1"><b>.env:1`).waitFor();
      await page.getByText(`${HOSTILE} <mallory@example.org>`).first().waitFor();
      assert.equal(await page.evaluate("'spoilt' in window"), false);
      assert.equal(await page.locator("img, script, main b").count(), 0);
    });
  });

  test("finds every field by its label and every section by its heading", async () => {
    await river.mint("umbrella", "warm-up");
    await withPage(async (page) => {
      await signIn(page);
      const fields = await page
        .locator("input")
        .evaluateAll((inputs) => inputs.map((input) => (input as unknown as { labels: unknown[] }).labels.length));
      assert.ok(fields.length > 0 && fields.every((labels) => labels === 1));
      for (const name of ["Incidents", "Deliveries", "Leaked token policy", "Mailbox"])
        assert.equal(await page.getByRole("heading", { name, exact: true }).count(), 1);
      assert.equal(await page.getByRole("navigation", { name: "Sections" }).getByRole("link").count(), 4);
      assert.equal(await page.getByRole("main").count(), 1);
      assert.equal(await page.locator("html").getAttribute("lang"), "en");
    });
  });
});

describe("The page and the API take no orders from elsewhere", () => {
  const session = async () => {
    const body = new URLSearchParams({ token: administrator.reveal() });
    const response = await fetch(`${river.url}/sign-in`, {
      method: "POST",
      body,
      redirect: "manual",
      headers: { origin: river.url },
    });
    return (response.headers.get("set-cookie") ?? "").split(";")[0]!;
  };
  const change = (
    headers: Record<string, string>,
    body: URLSearchParams = new URLSearchParams({ mode: "notify_only", graceHours: "24" }),
  ) => fetch(`${river.url}/policies/acme`, { method: "POST", headers, body, redirect: "manual" });

  test("a form of another site is refused, though the browser sent the cookie", async () => {
    await river.mint("acme", "warm-up");
    const cookie = await session();
    const before = await river.app.db.selectFrom("policies").selectAll().execute();
    for (const origin of ["https://evil.example", "null"]) assert.equal((await change({ cookie, origin })).status, 403);
    assert.deepEqual(await river.app.db.selectFrom("policies").selectAll().execute(), before);
    const own = await change(
      { cookie, origin: river.url },
      new URLSearchParams({ mode: "immediate", graceHours: "24" }),
    );
    assert.equal(own.status, 303);
  });

  test("the cookie is for this site and for HTTP alone", async () => {
    const body = new URLSearchParams({ token: administrator.reveal() });
    const response = await fetch(`${river.url}/sign-in`, {
      method: "POST",
      body,
      redirect: "manual",
      headers: { origin: river.url },
    });
    assert.match(response.headers.get("set-cookie") ?? "", /HttpOnly.*SameSite=Strict/);
    assert.doesNotMatch(response.headers.get("set-cookie") ?? "", new RegExp(administrator.reveal()));
  });

  test("a form that is none is answered 400, not 500", async () => {
    const cookie = await session();
    for (const path of ["/sign-in", "/policies/acme"]) {
      const headers = { cookie, origin: river.url, "content-type": "application/json" };
      const response = await fetch(`${river.url}${path}`, { method: "POST", headers, body: "{}", redirect: "manual" });
      assert.equal(response.status, 400, path);
    }
  });

  test("the API names what is wrong with its input", async () => {
    const call = async (method: string, path: string, body?: string) => {
      const headers = { authorization: `Bearer ${administrator.reveal()}`, "content-type": "application/json" };
      const response = await fetch(`${river.url}/api/v1${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, text: await response.text() };
    };
    const expected: [string, string, string | undefined, number, RegExp][] = [
      ["PUT", "/policies/acme", `{"mode":"never","graceHours":0}`, 400, /mode: .*graceHours: /],
      ["PUT", "/policies/nobody", `{"mode":"grace"}`, 404, /no organization \\"nobody\\"/],
      ["PUT", "/policies/acme", `{"mode":`, 400, /must be a JSON object/],
      ["POST", "/tokens", `{"organization":"acme"}`, 400, /owner: .*name: .*scopes: .*days: /],
      ["POST", "/deliveries/nothing/replay", undefined, 404, /No delivery \\"nothing\\"/],
      ["GET", "/deliveries?state=lost", undefined, 400, /state: /],
      ["GET", "/incidents/1", undefined, 400, /id: /],
      ["GET", "/nothing", undefined, 404, /nothing at this address/],
    ];
    for (const [method, path, body, status, text] of expected) {
      const answer = await call(method, path, body);
      assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
      assert.match(answer.text, text);
    }
  });
});

const hasFocus = (element: unknown) =>
  (element as { ownerDocument: { activeElement: unknown } }).ownerDocument.activeElement === element;

/** Presses Tab until the element with this role and name has the focus. */
async function tabTo(page: Page, role: "link" | "button", name: string): Promise<void> {
  const target = page.getByRole(role, { name, exact: true }).first();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await target.evaluate(hasFocus)) return;
  }
  throw new Error(`Tab never reaches ${role} "${name}".`);
}
