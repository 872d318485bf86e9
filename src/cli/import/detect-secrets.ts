import { createHash } from "node:crypto";
import type { Candidate } from "../../model/candidate.ts";
import { PatrolError } from "../../model/errors.ts";
import { secretBytes, secretText } from "../../report/secret-text.ts";
import { asList, asRecord, asText, NOTHING, readable, readJson, type Carried, type Claim } from "./carried.ts";

const sha1 = (text: Uint8Array | string) => createHash("sha1").update(text).digest("hex");

/** Filters of detect-secrets that have a match here: the last word of their path. */
const FILTERS = ["should_exclude_file", "should_exclude_secret", "should_exclude_line"];

/** Others of its filters that leave something out by a file or a plugin's choice, of which the baseline holds only the name. */
const LISTS = /^detect_secrets\.filters\.(?:wordlist|gibberish)\./;

/** What an audit there said of a secret. */
const audited = (isSecret: unknown) =>
  isSecret === true ? ", audited there as a real one" : isSecret === false ? ", audited there as none" : "";

/**
 * What some of its detectors hash in a secret's place: the kind only (`ghp`), a key's first line, or more than the secret.
 * That is the same for many secrets, so the line has to be the same as well.
 */
function partsOf({ secret }: Candidate): string[] {
  const text = secretText(secret);
  return [/^[^_-]+/.exec(text)?.[0], /BEGIN[A-Z ]* PRIVATE KEY/.exec(text)?.[0], `AccountKey=${text}`].filter(
    (part) => part !== undefined,
  );
}

/**
 * A `.secrets.baseline`: SHA-1 of every known secret by file, and filters. Written by version 1, or by version 0, which had
 * two expressions under `exclude`, or one, `exclude_regex` (over paths in any case), instead of the list of filters.
 */
export function fromDetectSecrets(name: string, text: string): Carried {
  const content = asRecord(readJson(text, name));
  if (content["results"] === undefined)
    throw new PatrolError("usage-invalid", `${name} is no baseline of detect-secrets`);
  const claims = Object.entries(asRecord(content["results"])).flatMap(([file, entries]) =>
    asList(entries).map((value): Claim => {
      // On Windows it is written with backslashes.
      const names = [file, file.replaceAll("\\", "/")];
      const entry = asRecord(value);
      const hash = asText(entry["hashed_secret"]);
      const line = Number(entry["line_number"] ?? 0);
      return {
        what: `${name}: ${asText(entry["type"])} in ${file}:${line}`,
        reason: `from ${name}: ${asText(entry["type"])}${audited(entry["is_secret"])}`,
        tellsOf: ({ candidate, paths }) =>
          paths.some((path) => names.includes(path)) &&
          (sha1(secretBytes(candidate.secret)) === hash ||
            (candidate.span.startLine === line && partsOf(candidate).some((part) => sha1(part) === hash))),
      };
    }),
  );
  const filters = asList(content["filters_used"]).map(asRecord);
  const exclude = asRecord(content["exclude"]);
  const excluded = asText(exclude["files"]) || asText(content["exclude_regex"]);
  const before = [excluded && `(?i)${excluded}`, "", asText(exclude["lines"])];
  const patterns = (kind: string, index: number) =>
    readable(
      [
        before[index] ?? "",
        ...filters
          .filter((filter) => asText(filter["path"]).endsWith(`.regex.${kind}`))
          .flatMap((filter) => asList(filter["pattern"]).map(asText)),
      ].filter((pattern) => pattern !== ""),
      name,
    );
  const [files, secrets, lines] = FILTERS.map(patterns);
  const others = filters
    .map((filter) => asText(filter["path"]))
    .filter((path) => (!path.startsWith("detect_secrets.") && path !== "") || LISTS.test(path))
    .map((path) => `${name}: the filter ${path}, which is a ${LISTS.test(path) ? "list of its own" : "program"}`);
  const words = asText(asRecord(content["word_list"])["file"]);
  if (words !== "") others.push(`${name}: the word list ${words}`);
  return {
    ...NOTHING,
    claims,
    paths: files?.good ?? [],
    secrets: secrets?.good ?? [],
    lines: lines?.good ?? [],
    left: [...[files, secrets, lines].flatMap((one) => one?.left ?? []), ...others],
  };
}
