import { createHash } from "node:crypto";
import { PatrolError } from "../../model/errors.ts";
import { secretText } from "../../report/secret-text.ts";
import { asList, asRecord, asText, NOTHING, readable, type Carried, type Claim } from "./carried.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** Kinds of match that ggshield writes behind the secret before it hashes both; one-part secrets have one of these. */
const MATCH_TYPES = [
  "apikey",
  "token",
  "password",
  "client_secret",
  "secret_key",
  "private_key",
  "webhook",
  "personal_access_token",
  "connection_uri",
];

/**
 * A path pattern of ggshield as RE2. `*` is one name or a part of one, `**` followed by a slash any number of folders, and
 * nothing else is special; a slash at the end means all below, at the beginning the top folder.
 */
function toExpression(pattern: string): string {
  const body = pattern
    .replace(/^\//, "")
    .split(/(\*\*\/|\*)/)
    .map((part) =>
      part === "**/" ? "(?:[^/]+/)*" : part === "*" ? "[^/]+" : part.replace(/[.^$+?{}()[\]\\|]/g, "\\$&"),
    )
    .join("");
  return `${pattern.startsWith("/") ? "^" : "(?:^|/)"}${body}${pattern.endsWith("/") ? "" : "$"}`;
}

/** `**` stands for folders only; ggshield itself refuses others. */
const isPattern = (pattern: string) => pattern !== "" && !/\*\*\*|\*\*[^/]|[^/]\*\*/.test(pattern);

/** A `.gitguardian.yaml`: SHA-256 of secret and kind, or the secret itself; globs of paths. Both versions of the format. */
export async function fromGgshield(name: string, text: string): Promise<Carried> {
  const { parseYaml } = await import("../../config/yaml.ts");
  let content: Record<string, unknown>;
  try {
    content = asRecord(parseYaml(text));
  } catch (error) {
    throw new PatrolError("usage-invalid", `${name} is not YAML`, { cause: error });
  }
  const secret = asRecord(content["secret"]);
  const pick = (...keys: readonly string[]) => keys.flatMap((key) => [...asList(secret[key]), ...asList(content[key])]);
  const claims = pick("ignored_matches", "ignored-matches", "matches-ignore", "matches_ignore").map((value): Claim => {
    const match = asText(value) || asText(asRecord(value)["match"]);
    const label = asText(asRecord(value)["name"]);
    const isHash = /^[0-9a-f]{64}$/i.test(match);
    return {
      what: `${name}: ${label || (isHash ? `${match.slice(0, 12)}…` : "a secret in clear")}`,
      reason: `from ${name}${label ? `: ${label}` : ""}`,
      tellsOf: ({ candidate }) => {
        const text = secretText(candidate.secret);
        if (!isHash) return text === match;
        return [text, ...MATCH_TYPES.map((type) => `${text},${type}`)].some(
          (one) => sha256(one) === match.toLowerCase(),
        );
      },
    };
  });
  const given = pick("ignored_paths", "ignored-paths", "paths-ignore", "paths_ignore").map(asText);
  const globs = readable(given.filter(isPattern).map(toExpression), name);
  const refused = given.filter((glob) => !isPattern(glob)).map((glob) => `${name}: the pattern ${glob}`);
  const detectors = pick("ignored_detectors", "ignored-detectors", "banlisted-detectors").map(
    (detector) => `${name}: the detector ${asText(detector)}, whose rules have other names here; see patrol rules list`,
  );
  return { ...NOTHING, claims, paths: globs.good, left: [...globs.left, ...refused, ...detectors] };
}
