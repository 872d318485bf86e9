/** Resolves at the first SIGTERM or SIGINT. A second one ends the process at once: somebody is in a hurry. */
export async function untilSignal(): Promise<NodeJS.Signals> {
  return await new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(128 + (signal === "SIGTERM" ? 15 : 2)));
        resolve(signal);
      });
    }
  });
}
