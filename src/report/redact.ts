import type { Secret } from "../model/secret.ts";
import { secretText } from "./secret-text.ts";

/** What stands in place of a secret; gitleaks' word, so that reports compare. */
export const REDACTED = "REDACTED";

/**
 * A secret as it may be shown. `percent` is how much of it is hidden: 100 all of it, 0 nothing; between them its
 * beginning is kept. The start of a token tells its kind and is no secret; its end is what counts.
 */
export function redact(secret: Secret, percent: number): string {
  if (percent >= 100) return REDACTED;
  const text = secretText(secret);
  if (percent <= 0) return text;
  const characters = [...text];
  return `${characters.slice(0, Math.round((characters.length * (100 - percent)) / 100)).join("")}...`;
}
