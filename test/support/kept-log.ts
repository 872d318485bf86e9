import type { Log } from "../../src/model/log.ts";

/** A log that keeps its lines, as JSON. */
export function keptLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }));
  return { lines, info: keep, warn: keep, error: keep };
}
