import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { equipment } from "./servers.ts";

/** Root may not use the sandbox; the rest keeps the browser from talking to anyone but the page under test. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs `use` with a page of a real Chromium that has an empty profile, and ends the browser. */
export async function withPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const executablePath = await equipment("program/chromium");
  const profile = mkdtempSync(join(tmpdir(), "patrol-chromium-"));
  try {
    const context = await chromium.launchPersistentContext(profile, { executablePath, args: FLAGS, headless: true });
    // A busy machine is no failure; a test that waits in vain ends by the runner's own limit.
    context.setDefaultTimeout(120_000);
    try {
      return await use(await context.newPage());
    } finally {
      await context.close();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
