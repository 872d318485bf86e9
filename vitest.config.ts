import { defineConfig } from "vitest/config";

/**
 * They start git and Patrol some thousand times, and a process that holds much is slow to start another: 1 ms with the 50 MB
 * of a bare Node, 8 ms with 250 MB.
 */
const STARTING_OFTEN = ["cli", "sources", "github-stand-in", "river"].map((folder) => `test/${folder}/**/*.test.ts`);

const limits = {
  // Long enough for a busy machine: a test that waits for something waits without a limit of its own.
  testTimeout: 180_000,
  hookTimeout: 180_000,
  // Tests that ask to run at the same time wait most of theirs for leases to run out.
  maxConcurrency: 8,
};

export default defineConfig({
  test: {
    // Once for both projects, which would each run it again if they extended this.
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...limits,
          name: "patrol",
          pool: "forks",
          maxWorkers: 2,
          include: ["test/**/*.test.ts"],
          exclude: STARTING_OFTEN,
          // One file after another in one process: to load the same modules for each takes a tenth of the time.
          isolate: false,
        },
      },
      {
        test: {
          ...limits,
          name: "starting often",
          pool: "forks",
          maxWorkers: 2,
          include: STARTING_OFTEN,
          // A process for each file. After all others, so that theirs go on from file to file.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
