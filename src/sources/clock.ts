// Time and turns without what Node.js keeps them in: the modules of `performance` and of `timers/promises` take longer to load
// than a small scan has to give away.

/** Milliseconds since some moment, to compare with others of this process. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Lets all else run that is ready to. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
