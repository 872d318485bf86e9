import { chmodSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { buildEngine } from "../../scripts/build.mjs";
import { installMissing } from "./programs.ts";
import { quickFolder } from "./quick-folder.ts";
import { serveSharedServers } from "./shared-servers.ts";
import { startWarden } from "./warden.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where test files ask for the servers of the run. */
    servers: string;
  }
}

/** Runs once before all tests; what it returns runs after them, also when they failed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  installMissing();
  // Changed rules or assembly are built before any test reads dist/.
  await buildEngine();
  // All that tests leave behind lies here, whatever process made it.
  const folder = mkdtempSync(join(quickFolder(), "patrol-tests-"));
  chmodSync(folder, 0o711);
  process.env["TMPDIR"] = folder;
  // Every Node that a test starts would read them first (80 ms with a system's whole bundle), to talk to loopback.
  delete process.env["NODE_EXTRA_CA_CERTS"];
  const warden = startWarden(folder);
  const servers = await serveSharedServers();
  project.provide("servers", servers.url);
  return async () => {
    await servers.stop();
    await warden.dismiss();
  };
}
