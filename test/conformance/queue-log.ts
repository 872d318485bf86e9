import type { QueueLog } from "../../src/queue/queue.ts";

/** A log that keeps its lines, as JSON. */
export function keptLog(): QueueLog & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  return { lines, warn: keep, error: keep };
}
