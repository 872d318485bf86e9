import type { Rulebook } from "./rulebook.ts";
import { scan } from "./scan.ts";

/** Masking may bring pieces together that make a token again; a text settles after a round or two. */
const MOST_ROUNDS = 5;

/** The text, which may be a path, with the secrets of all candidates replaced by `[rule-id]`; overlapping ones become one. */
export function mask(text: string, rulebook: Rulebook): string {
  let masked = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const bytes = Buffer.from(masked, "utf8");
    const candidates = scan({ bytes, provenance: { kind: "path" } }, rulebook);
    if (candidates.length === 0) return masked;
    const pieces: string[] = [];
    let done = 0;
    for (const { rule, span } of candidates) {
      if (span.end <= done) continue;
      if (span.start >= done) pieces.push(bytes.toString("utf8", done, span.start), `[${rule.id}]`);
      done = span.end;
    }
    pieces.push(bytes.toString("utf8", done));
    masked = pieces.join("");
  }
  return masked;
}
