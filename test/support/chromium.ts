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

/**
 * One real Chromium for the tests of a file, ended after them. What it gives runs `use` with a page of a new profile, which is
 * empty and in memory.
 */
export function openChromium(): <T>(use: (page: Page) => Promise<T>) => Promise<T> {
  let browser: Browser | undefined;
  afterAll(() => browser?.close());
  return async (use) => {
    browser ??= await chromium.launch({ executablePath: await equipment("program/chromium"), args: FLAGS });
    const context = await browser.newContext();
    // A busy machine is no failure; a test that waits in vain ends by the runner's own limit.
    context.setDefaultTimeout(120_000);
    try {
      return await use(await context.newPage());
    } finally {
      await context.close();
    }
  };
}
