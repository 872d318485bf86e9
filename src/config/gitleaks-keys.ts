/** Every key of gitleaks' TOML, as its documentation spells it. */
const KEYS = [
  ...["title", "minVersion", "extend", "useDefault", "path", "disabledRules", "allowlist", "allowlists", "rules"],
  ...["id", "description", "regex", "secretGroup", "entropy", "keywords", "tags", "skipReport", "required"],
  ...["withinLines", "withinColumns", "condition", "commits", "paths", "regexes", "regexTarget", "stopwords"],
  "targetRules",
];
const LISTS = new Set(["disabledRules", "keywords", "tags", "commits", "paths", "regexes", "stopwords", "targetRules"]);
const NUMBERS = new Set(["secretGroup", "entropy", "withinLines", "withinColumns"]);
const SPELLING = new Map(KEYS.map((key) => [key.toLowerCase(), key]));

/** gitleaks' reader takes `"a,b"` for a list and `"3.5"` for a number. */
function leniently(key: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (LISTS.has(key)) return value === "" ? [] : value.split(",");
  return NUMBERS.has(key) && value.trim() !== "" ? Number(value) : value;
}

const DEEPEST = 20;

/**
 * The content of a TOML with keys spelled as documented: to gitleaks `secretgroup` and `StopWords` are known as well. Tells
 * `strange` the others, which gitleaks leaves alone.
 */
export function withKnownKeys(value: unknown, strange: (key: string) => void, depth = 0): unknown {
  // Nothing that gitleaks knows lies deeper; a stranger's file may.
  if (depth > DEEPEST) return undefined;
  if (Array.isArray(value)) return value.map((inner) => withKnownKeys(inner, strange, depth + 1));
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([given, inner]) => {
      const key = SPELLING.get(given.toLowerCase());
      if (key === undefined) strange(given);
      const known = key ?? given;
      return [known, leniently(known, withKnownKeys(inner, strange, depth + 1))];
    }),
  );
}
