import { z } from "zod";
import { CHECKSUMS } from "../engine/checksum/index.ts";
import { lengthOf } from "../engine/regex/node.ts";
import { parseRegex } from "../engine/regex/parse.ts";
import { PLACEHOLDERS } from "../engine/stop-words.ts";
import { PatrolError } from "../model/errors.ts";
import type { Allowlist, Rule } from "../model/rule.ts";

/**
 * Characters that may not stand before or behind a token, or it is only a piece of something longer. Written as RE2
 * around the token. Before it: also the letter of an escape, as in "\nTOKEN".
 */
const BOUNDARIES = {
  /** Letters, digits and `_`. */
  word: { before: String.raw`(?:\b|\\[nrt])`, behind: "(?:[^A-Za-z0-9_]|$)" },
  /** Also `-`, for tokens that may end in it. */
  base64url: { before: String.raw`(?:\b|\\[nrt])`, behind: "(?:[^A-Za-z0-9_-]|$)" },
  /** Also `+`, `/` and `=`. */
  base64: { before: "(?:(?m:^)|[^A-Za-z0-9_+/-])", behind: "(?:[^A-Za-z0-9_+/=-]|$)" },
  /** Before it as for `word`, behind it as for `base64`: for base64 with an unmistakable prefix, as in a diff's `+TOKEN`. */
  padded: { before: String.raw`(?:\b|\\[nrt])`, behind: "(?:[^A-Za-z0-9_+/=-]|$)" },
  /**
   * Nothing: for tokens of one length that a checksum proves, wherever they stand. In a binary anything may stand beside one: a length that
   * is a letter by chance, the next string of a program, the column before in a database, the name of a member in an archive.
   */
  proven: { before: "", behind: "" },
  /** As `proven`, for several lengths: letters and digits end none of them. */
  "proven-to-its-end": { before: "", behind: "(?:[^A-Za-z0-9]|$)" },
  /** The pattern says all itself. */
  none: { before: "", behind: "" },
} as const;

const entry = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower-case words joined by -"),
  name: z.string().min(1),
  token: z.string().min(1).describe("RE2 syntax; what the token itself looks like"),
  boundary: z.enum(Object.keys(BOUNDARIES) as [keyof typeof BOUNDARIES]).default("word"),
  keywords: z.array(z.string().regex(/^[^A-Z]+$/, "lower case")).default([]),
  checksum: z.enum(Object.keys(CHECKSUMS) as [string]).optional(),
  entropy: z.number().positive().optional(),
  path: z.string().optional(),
  "stop-words": z.array(z.string()).default([]),
  tags: z.array(z.string()).default([]),
  references: z.array(z.string()).min(1),
  "revoke-at": z.string().optional(),
  examples: z.array(z.string()).min(1),
  "counter-examples": z.array(z.string()).min(1),
});

const file = z.array(entry).min(1);

type Entry = z.infer<typeof entry>;

/** Placeholders everywhere but where a checksum tells them anyway, and the rule's own words. */
function allowlistsOf(entry: Entry): Allowlist[] {
  const own = entry["stop-words"];
  const lists = entry.checksum === undefined ? [PLACEHOLDERS] : [];
  return own.length === 0
    ? lists
    : [...lists, { ...PLACEHOLDERS, description: "one of the rule's stop words", stopWords: own }];
}

/** The tag of rules that may match over many lines, such as keys from BEGIN to END. */
const MULTI_LINE = "multi-line";

/** A match without a bound cannot be settled by a part of a file; only rules that say so may have one. */
function checkBound({ id, tags }: Entry, pattern: string): void {
  if (tags.includes(MULTI_LINE) || lengthOf(parseRegex(pattern, id)).max < Infinity) return;
  throw new PatrolError(
    "rule-invalid",
    `rule ${id}: its token has no greatest length; write {1,200} for +, {0,200} for *, {20,200} for {20,}, or tag it ${MULTI_LINE} if it ends far off, as a key of many lines does`,
  );
}

function toRule(issuer: string, entry: Entry): Rule {
  const { before, behind } = BOUNDARIES[entry.boundary];
  const pattern = entry.boundary === "none" ? entry.token : `${before}(${entry.token})${behind}`;
  checkBound(entry, pattern);
  return {
    id: entry.id,
    name: entry.name,
    issuer,
    pattern,
    secretGroup: 0,
    keywords: entry.keywords,
    checksum: entry.checksum,
    entropy: entry.entropy,
    path: entry.path,
    allowlists: allowlistsOf(entry),
    tags: entry.tags,
    references: entry.references,
    revokeAt: entry["revoke-at"],
    examples: entry.examples,
    counterExamples: entry["counter-examples"],
  };
}

/** The rules of one file of `rules/`. `content` is the parsed YAML. Throws `rule-invalid`, naming file, rule and field. */
export function parseRuleFile(issuer: string, content: unknown): Rule[] {
  const parsed = file.safeParse(content);
  if (parsed.success) return parsed.data.map((entry) => toRule(issuer, entry));
  const faults = parsed.error.issues.map(({ path: [index, ...field], message }) => {
    const id =
      typeof index === "number" && Array.isArray(content) ? (content[index] as { id?: unknown })?.id : undefined;
    return `rule ${String(id ?? index ?? "?")}, ${field.join(".") || "entry"}: ${message}`;
  });
  throw new PatrolError("rule-invalid", `rules/${issuer}.yaml: ${faults.join("; ")}`);
}
