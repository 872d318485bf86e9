import { toPatrolError } from "../src/model/errors.ts";
import { revokeDue } from "../src/pipeline/revoke-due.ts";

export interface GraceOptions {
  readonly everyMs: number;
  /** Told of a round that failed; the next one tries again, and is told of only if it fails for another reason. */
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
  let trouble: string | undefined;
  const run = async () => {
    try {
      await revokeDue(parts);
      trouble = undefined;
    } catch (error) {
      const { code, message } = toPatrolError(error);
      const why = `${code} ${message}`;
      if (trouble !== why) options.failed(error);
      trouble = why;
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
