import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll } from "vitest";
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

/** A busy machine is no failure; a test that waits in vain ends by the runner's own limit. */
const PATIENCE_MS = 120_000;

/**
 * One real Chromium for the tests of a file, ended after them. What it gives runs `use` with a page of a new profile, which is
 * empty and in memory.
 */
export function openChromium(): <T>(use: (page: Page) => Promise<T>) => Promise<T> {
  let browser: Browser | undefined;
  afterAll(() => browser?.close());
  return async (use) => {
    const executablePath = await equipment("program/chromium");
    browser ??= await chromium.launch({ executablePath, args: FLAGS, timeout: PATIENCE_MS });
    const context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    try {
      return await use(await context.newPage());
    } finally {
      await context.close();
    }
  };
}
