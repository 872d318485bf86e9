import type { TestProject } from "vitest/node";
import { buildEngine } from "../../scripts/build.mjs";
import { serveSharedServers } from "./shared-servers.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where test files ask for the servers of the run. */
    servers: string;
  }
}

/** Runs once before all tests; what it returns runs after them, also when they failed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Changed rules or assembly are built before any test reads dist/.
  await buildEngine();
  const servers = await serveSharedServers();
  project.provide("servers", servers.url);
  return () => servers.stop();
}
