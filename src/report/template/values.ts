import { goDate } from "./go-date.ts";

/** Go's notion of a value that counts: not false, zero, nil or empty. */
export function truth(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null && !(value instanceof Date)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** A value as `{{ }}` prints it. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (value instanceof Date) return goDate("2006-01-02 15:04:05 -0700 MST", value);
  if (typeof value === "object") return JSON.stringify(value);
  return String(value as string | number | boolean);
}

/** Go's %q: JSON's escapes are a subset of Go's. */
export const goQuote = (text: string) => JSON.stringify(text);
