import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { MOST_SHORT_BYTES, readNamed } from "../disk/named-file.ts";
import { MOST_CONFIGURATION_BYTES, readRegular } from "../disk/regular-file.ts";
import { PatrolError, toPatrolError } from "../model/errors.ts";
import { Secret } from "../model/secret.ts";
import { parseYaml } from "./yaml.ts";

/** Every setting by its name, as text: from the environment, or else from `patrol.yaml`. Empty text is no setting. */
export type Settings = Readonly<Record<string, string>>;

/** An address of one of the given schemes, such as `https:`. */
export const address = (...schemes: string[]) =>
  z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    error: `must be an address that begins with ${schemes.map((scheme) => `${scheme}//`).join(" or ")}`,
  });

/** The same for an address that may hold a password. */
export const secretAddress = (...schemes: string[]) => address(...schemes).transform((text) => new Secret(text));

function invalid(key: string, problem: string): PatrolError {
  return new PatrolError("setting-invalid", `Setting ${key}: ${problem}.`);
}

/**
 * Reads the settings of these names. `secrets` may also be given as NAME_FILE, a file that holds the value, which is
 * how containers hand secrets over. The file `patrol.yaml` in `folder` may hold the same names; the environment wins.
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
  names: { readonly plain: readonly string[]; readonly secrets: readonly string[] },
): Settings {
  const known = new Set([...names.plain, ...names.secrets, ...names.secrets.map((name) => `${name}_FILE`)]);
  const file = readFile(join(folder, "patrol.yaml"), known);
  const settings: Record<string, string> = {};
  for (const name of [...names.plain, ...names.secrets]) {
    for (const source of [env, file]) {
      const text = source[name] || undefined;
      const path = names.secrets.includes(name) ? source[`${name}_FILE`] || undefined : undefined;
      if (text !== undefined && path !== undefined)
        throw invalid(name, `given twice, also as ${name}_FILE; remove one of the two`);
      const value = path === undefined ? text : readSecret(`${name}_FILE`, resolve(folder, path));
      if (value === undefined) continue;
      settings[name] = value;
      break;
    }
  }
  return settings;
}

function readFile(path: string, known: ReadonlySet<string>): Record<string, string> {
  if (!existsSync(path)) return {};
  const text = readOwn(path);
  let content: unknown;
  try {
    content = parseYaml(text);
  } catch (error) {
    // The parser's error quotes the line, which may hold a secret, so it is no cause of ours.
    const at = (error as { linePos?: readonly { line: number }[] }).linePos?.[0]?.line;
    throw new PatrolError("setting-invalid", `${path}${at ? `, line ${at}` : ""}: not valid YAML.`);
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== "object" || Array.isArray(content))
    throw new PatrolError("setting-invalid", `${path}: must hold lines of the form NAME: value.`);
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(content)) {
    if (!known.has(name))
      throw new PatrolError(
        "setting-invalid",
        `${path}: there is no setting ${name}. All names are in docs/settings.md.`,
      );
    if (value === null) continue;
    const values: unknown[] = Array.isArray(value) ? value : [value];
    if (values.some((one) => typeof one === "object"))
      throw new PatrolError("setting-invalid", `${path}: ${name} must be a text, a number or a list of these.`);
    settings[name] = values.map(String).join(",");
  }
  return settings;
}

function readOwn(path: string): string {
  try {
    return readRegular(path, true, MOST_CONFIGURATION_BYTES).toString("utf8");
  } catch (cause) {
    const why = cause instanceof PatrolError ? cause.message : `${path} cannot be read`;
    throw new PatrolError("setting-invalid", why, { cause });
  }
}

function readSecret(name: string, path: string): string | undefined {
  try {
    // Editors end a file with a newline, which is never part of the secret.
    const text = readNamed(path, { by: `Setting ${name}`, mostBytes: MOST_SHORT_BYTES }).toString("utf8");
    return text.replace(/\r?\n$/, "") || undefined;
  } catch (cause) {
    throw new PatrolError("setting-invalid", toPatrolError(cause).message, { cause });
  }
}

/** Checks settings against a schema; the first problem is told with the name of its setting, never with its value. */
export function check<Schema extends z.ZodType>(schema: Schema, settings: Settings): z.output<Schema> {
  const result = schema.safeParse(settings);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(String(issue?.path[0] ?? "?"), (issue?.message ?? "is not valid").replace(/\.$/, ""));
}
