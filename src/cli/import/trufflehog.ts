import { PatrolError } from "../../model/errors.ts";
import { secretText } from "../../report/secret-text.ts";
import { asRecord, asText, NOTHING, readable, type Carried, type Claim } from "./carried.ts";
import { linesOf } from "./globs.ts";

/** A line of JSON, if it is one; trufflehog's own log may stand between its results. */
function resultIn(line: string): Record<string, unknown> | undefined {
  try {
    const result = asRecord(JSON.parse(line));
    return asText(result["DetectorName"]) !== "" && asText(result["Raw"]) !== "" ? result : undefined;
  } catch {
    return undefined;
  }
}

/** Where a result was found: the source has a key of its own (`Git`, `Filesystem`) over its file and line. */
function placeOf(result: Record<string, unknown>): { readonly file: string; readonly line: number } {
  const sources = Object.values(asRecord(asRecord(result["SourceMetadata"])["Data"])).map(asRecord);
  const source = sources.find((one) => asText(one["file"]) !== "") ?? {};
  return { file: asText(source["file"]).replaceAll("\\", "/"), line: Number(source["line"] ?? 0) };
}

/** Results of `trufflehog --json`, a line each. They hold the secrets, of which nothing is told. */
function fromResults(name: string, lines: readonly string[]): Carried {
  const results = lines.map(resultIn).filter((result) => result !== undefined);
  if (results.length === 0) throw new PatrolError("usage-invalid", `${name} holds no result of trufflehog --json`);
  const claims = results.map((result): Claim => {
    const { file, line } = placeOf(result);
    const kind = asText(result["DetectorName"]);
    const known = [asText(result["Raw"]), asText(result["RawV2"])].filter((text) => text !== "");
    return {
      what: `${name}: ${kind}${file === "" ? "" : ` in ${file}:${line}`}`,
      reason: `from ${name}: ${kind}${result["Verified"] === true ? ", verified there" : ""}`,
      tellsOf: ({ candidate, paths }) => {
        // A path may begin with the folder that was scanned there.
        const isHere = file === "" || paths.some((path) => file === path || file.endsWith(`/${path}`));
        return isHere && known.includes(secretText(candidate.secret));
      },
    };
  });
  return { ...NOTHING, claims };
}

/** A file for trufflehog's --exclude-paths: an expression a line, in Go's syntax, which is ours. Or what it found, as JSON. */
export function fromTrufflehog(name: string, text: string): Carried {
  const objects = text.split("\n").filter((line) => line.startsWith('{"'));
  if (objects.length > 0) return fromResults(name, objects);
  const { good, left } = readable(linesOf(text), name);
  return { ...NOTHING, paths: good, left };
}
