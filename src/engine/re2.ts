import { RE2JS } from "re2js";
import { PatrolError } from "../model/errors.ts";

/** Longer texts are cut in messages. */
const MOST_SHOWN = 120;

export type Re2 = ReturnType<typeof RE2JS.compile>;

/**
 * Compiles RE2 syntax over bytes: texts are latin1 strings here, so that an offset is a byte offset, and what a pattern
 * says beyond ASCII is taken as its UTF-8 bytes. Linear in the text, whatever the pattern. `where` names rule and field.
 */
export function compileRe2(pattern: string, where: string): Re2 {
  try {
    return RE2JS.compile(Buffer.from(pattern, "utf8").toString("latin1"));
  } catch (error) {
    const whole = error instanceof Error ? error.message : String(error);
    const why = whole.length > MOST_SHOWN ? `${whole.slice(0, MOST_SHOWN)}…` : whole;
    throw new PatrolError("rule-invalid", `${where}: not a pattern in RE2 syntax: ${why}`);
  }
}
