import { createHash } from "node:crypto";
import { PatrolError } from "../../model/errors.ts";
import { secretBytes } from "../../report/secret-text.ts";
import { asList, asRecord, asText, NOTHING, readable, readJson, type Carried, type Claim } from "./carried.ts";

const sha1 = (text: Uint8Array) => createHash("sha1").update(text).digest("hex");

/** Filters of detect-secrets that have a match here: the last word of their path. */
const FILTERS = ["should_exclude_file", "should_exclude_secret", "should_exclude_line"];

/** A `.secrets.baseline`: SHA-1 of every known secret by file, and filters. */
export function fromDetectSecrets(name: string, text: string): Carried {
  const content = asRecord(readJson(text, name));
  if (content["results"] === undefined)
    throw new PatrolError("usage-invalid", `${name} is no baseline of detect-secrets`);
  const claims = Object.entries(asRecord(content["results"])).flatMap(([file, entries]) =>
    asList(entries).map((value): Claim => {
      const entry = asRecord(value);
      const hash = asText(entry["hashed_secret"]);
      const audited = entry["is_secret"] === true ? ", audited there as a real one" : "";
      return {
        what: `${name}: ${asText(entry["type"])} in ${file}:${Number(entry["line_number"] ?? 0)}`,
        reason: `from ${name}: ${asText(entry["type"])}${audited}`,
        tellsOf: ({ candidate, paths }) => paths.includes(file) && sha1(secretBytes(candidate.secret)) === hash,
      };
    }),
  );
  const filters = asList(content["filters_used"]).map(asRecord);
  const patterns = (kind: string) =>
    readable(
      filters
        .filter((filter) => asText(filter["path"]).endsWith(`.${kind}`))
        .flatMap((filter) => asList(filter["pattern"]).map(asText)),
      name,
    );
  const [files, secrets, lines] = FILTERS.map(patterns);
  const others = filters
    .map((filter) => asText(filter["path"]))
    .filter((path) => !path.startsWith("detect_secrets.") && path !== "")
    .map((path) => `${name}: the filter ${path}, which is a program`);
  return {
    ...NOTHING,
    claims,
    paths: files?.good ?? [],
    secrets: secrets?.good ?? [],
    lines: lines?.good ?? [],
    left: [...[files, secrets, lines].flatMap((one) => one?.left ?? []), ...others],
  };
}
