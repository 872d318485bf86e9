import { revokeDue } from "../src/pipeline/revoke-due.ts";

export interface GraceOptions {
  readonly everyMs: number;
  /** Told of a round that failed; the next one tries again. */
  readonly failed: (error: unknown) => void;
}

/** Looks for deadlines that have passed, now and again every `everyMs`. `stop` waits for a round under way. */
export function keepDeadlines(
  parts: Parameters<typeof revokeDue>[0],
  options: GraceOptions,
): { stop(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let round: Promise<void>;
  const run = async () => {
    try {
      await revokeDue(parts);
    } catch (error) {
      options.failed(error);
    }
    if (!stopped) timer = setTimeout(() => (round = run()), options.everyMs);
  };
  round = run();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
