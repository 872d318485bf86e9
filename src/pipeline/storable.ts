import { mask } from "../engine/mask.ts";
import type { Rulebook } from "../engine/rulebook.ts";

const MAX_LENGTH = 1_024;

/** A stranger's text as it may be stored and shown: secrets masked, nothing that the database refuses, of bounded length. */
export function storable(text: string, rulebook: Rulebook): string {
  // PostgreSQL stores no NUL, and the audit log hashes no half characters.
  const clean = mask(text, rulebook).replace(/[\0\p{Surrogate}]/gu, "\ufffd");
  return clean.length <= MAX_LENGTH ? clean : `${[...clean].slice(0, MAX_LENGTH - 1).join("")}…`;
}
