// How long somebody at the other end of a pipe is waited for.

/** A pipe may give or take nothing for so long. */
export const PATIENCE_MS = 60_000;
export const PAUSE_MS = 20;

/** Waits for `PAUSE_MS`, with the whole process. */
export function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

export const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;
