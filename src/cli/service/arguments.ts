import { parseArgs, type ParseArgsConfig } from "node:util";
import { PatrolError } from "../../model/errors.ts";

type Flags = NonNullable<ParseArgsConfig["options"]>;

/** The arguments of one administration command. */
export interface Parsed {
  /** `undefined` when the flag was not given. */
  readonly flag: (name: string) => string | undefined;
  /** @throws PatrolError `usage-invalid` with the command's usage. */
  readonly required: (name: string) => string;
  readonly has: (name: string) => boolean;
  readonly positional: (index: number, name: string) => string;
}

/** Parses `args` against `flags`. An unknown flag or a stray word is an error that shows `usage`. */
export function parse(usage: string, args: readonly string[], flags: Flags = {}, positionals = 0): Parsed {
  const wrong = (what: string) => new PatrolError("usage-invalid", `${what}\nUsage: ${usage}`);
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options: flags, allowPositionals: true, strict: true });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  const extra = parsed.positionals[positionals];
  if (extra !== undefined) throw wrong(`"${extra}" is one word too many.`);
  const flag = (name: string) => {
    const value = parsed.values[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    flag,
    has: (name) => parsed.values[name] === true,
    required: (name) => {
      const value = flag(name);
      if (value === undefined || value === "") throw wrong(`--${name} is missing.`);
      return value;
    },
    positional: (index, name) => {
      const value = parsed.positionals[index];
      if (value === undefined) throw wrong(`${name} is missing.`);
      return value;
    },
  };
}

/** A whole number, or an error that names the flag. */
export function wholeNumber(text: string, name: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new PatrolError("usage-invalid", `--${name} takes a whole number, not "${text}".`);
  return Number(text);
}
