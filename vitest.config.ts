import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    // Long enough for a busy machine: a test that waits for something waits without a limit of its own.
    testTimeout: 180_000,
    maxConcurrency: 4,
    hookTimeout: 180_000,
  },
});
