import { PatrolError } from "../../model/errors.ts";
import { asList, asRecord, asText, NOTHING, readable, type Carried } from "./carried.ts";
import { fromGlobs, linesOf } from "./globs.ts";

/** `/text/i` as RE2 with its flags in front; other text is meant literally. */
function allowed(text: string): string {
  const [, source, flags = ""] = /^\/(.+)\/([a-z]*)$/s.exec(text) ?? [];
  if (source === undefined) return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const kept = flags.replace(/[^ims]/g, "");
  return (kept ? `(?${kept})` : "") + source.replaceAll("\\/", "/");
}

/** A `.secretlintrc` (JSON or YAML) or `.secretlintignore`. */
export async function fromSecretlint(name: string, text: string): Promise<Carried> {
  if (/ignore$/.test(name)) {
    const globs = fromGlobs(linesOf(text), name);
    return { ...NOTHING, paths: globs.good, left: globs.left };
  }
  if (/\.[cm]?js$/.test(name))
    return { ...NOTHING, left: [`${name}: a program, which is not run; write what it says as .secretlintrc.json`] };
  // JSON with comments is YAML but for the comments' sign.
  const { parse } = await import("yaml");
  let content: Record<string, unknown>;
  try {
    content = asRecord(parse(text.replace(/^\s*\/\/.*$/gm, "")));
  } catch (error) {
    throw new PatrolError("usage-invalid", `${name} is neither JSON nor YAML`, { cause: error });
  }
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
  asList(content["rules"]).forEach(rule);
  const checked = readable(secrets, name);
  return { ...NOTHING, secrets: checked.good, left: [...left, ...checked.left] };
}
