import { PatrolError } from "../../model/errors.ts";
import { asList, asRecord, asText, NOTHING, readable, type Carried, type Claim } from "./carried.ts";
import { fromGlobs, linesOf } from "./globs.ts";

/** `/text/i` as RE2 with its flags in front; other text is meant literally. */
function allowed(text: string): string {
  const [, source, flags = ""] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (source === undefined) return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const kept = flags.replace(/[^ims]/g, "");
  return (kept ? `(?${kept})` : "") + source.replaceAll("\\/", "/");
}

/** What `secretlint --format json` says: findings by the place where they stood. */
function fromReport(name: string, files: readonly unknown[]): Carried {
  const claims = files.flatMap((value): Claim[] => {
    const { filePath, messages } = asRecord(value);
    if (typeof filePath !== "string" || !Array.isArray(messages))
      throw new PatrolError("usage-invalid", `${name} is no JSON report of secretlint`);
    const file = filePath.replaceAll("\\", "/");
    return messages.map((message): Claim => {
      const start = asRecord(asRecord(asRecord(message)["loc"])["start"]);
      const [line, column] = [Number(start["line"]), Number(start["column"])];
      const rule = asText(asRecord(message)["ruleId"]);
      return {
        what: `${name}: ${rule} in ${file}:${line}`,
        reason: `from ${name}: ${rule}`,
        // Paths there are absolute, on the machine where it ran; columns count from 0.
        tellsOf: ({ candidate: { span, match }, paths }) =>
          span.startLine === line &&
          span.endColumn > column &&
          match.startColumn <= column + 1 &&
          paths.some((path) => file === path || file.endsWith(`/${path}`)),
      };
    });
  });
  return { ...NOTHING, claims };
}

/** A `.secretlintrc` (JSON or YAML), a `.secretlintignore`, or a report in JSON. */
export async function fromSecretlint(name: string, text: string): Promise<Carried> {
  if (/ignore$/.test(name)) {
    const globs = fromGlobs(linesOf(text), name);
    return { ...NOTHING, paths: globs.good, left: globs.left };
  }
  if (/\.[cm]?js$/.test(name))
    return { ...NOTHING, left: [`${name}: a program, which is not run; write what it says as .secretlintrc.json`] };
  // JSON with comments is YAML but for the comments' sign.
  const { parseYaml } = await import("../../config/yaml.ts");
  let content: unknown;
  try {
    content = parseYaml(text.replace(/^\s*\/\/.*$/gm, ""));
  } catch (error) {
    throw new PatrolError("usage-invalid", `${name} is neither JSON nor YAML`, { cause: error });
  }
  if (Array.isArray(content)) return fromReport(name, content);
  const { rules } = asRecord(content);
  if (!Array.isArray(rules))
    throw new PatrolError("usage-invalid", `${name} is neither a configuration nor a JSON report of secretlint`);
  const secrets: string[] = [];
  const left: string[] = [];
  const rule = (value: unknown): void => {
    const entry = asRecord(value);
    const id = asText(entry["id"]);
    const allows = [...asList(entry["allows"]), ...asList(asRecord(entry["options"])["allows"])];
    secrets.push(...allows.map(asText).map(allowed));
    if (entry["disabled"] === true || asList(entry["allowMessageIds"]).length > 0)
      left.push(`${name}: ${id} is switched off in part; its rules have other names here, see patrol rules list`);
    if (/pattern$/.test(id)) left.push(`${name}: the patterns of ${id}; write them as [[rules]] of .patrol.toml`);
    asList(entry["rules"]).forEach(rule);
  };
  rules.forEach(rule);
  const checked = readable(secrets, name);
  return { ...NOTHING, secrets: checked.good, left: [...left, ...checked.left] };
}
