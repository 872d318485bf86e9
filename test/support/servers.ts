import { inject } from "vitest";

/** The URL or path of a part of the run's equipment, started or installed at the first call of any test file. */
export async function equipment(
  name: "postgres" | "redis" | "embedded" | "program/redis-server" | "program/chromium",
): Promise<string> {
  const response = await fetch(`${inject("servers")}/${name}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
