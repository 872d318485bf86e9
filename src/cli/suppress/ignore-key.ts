import { createHmac, randomBytes, scryptSync } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { whyOf } from "../../disk/why.ts";
import { PatrolError } from "../../model/errors.ts";
import { readRegular } from "../../disk/regular-file.ts";

/** The file beside `.patrolignore` that holds the key, as 64 hex digits a line. Several lines: keys of branches that met. */
export const KEY_FILE = ".patrol-key";
/** Holds the key where it must not lie in the repository. */
const KEY_VARIABLE = "PATROL_IGNORE_KEY";

/** One guess costs this much memory-hard work (16 MiB, tens of milliseconds), to us and to who guesses. */
const COST = { N: 1 << 14, r: 8, p: 1 };

const KEY = /^[0-9a-f]{64}$/i;

function parse(text: string, name: string): Buffer[] {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.length === 0 || !lines.every((line) => KEY.test(line)))
    throw new PatrolError(
      "setting-invalid",
      `${name} must hold 64 hex digits a line; \`openssl rand -hex 32\` makes them`,
    );
  return lines.map((line) => Buffer.from(line, "hex"));
}

/** The keys that hold in a folder, the first one for new entries. Empty: there is none yet. */
export function ignoreKeys(folder: string, env: Readonly<Record<string, string | undefined>>): readonly Buffer[] {
  const given = env[KEY_VARIABLE];
  if (given) return parse(given, KEY_VARIABLE);
  const path = join(folder, KEY_FILE);
  return existsSync(path) ? parse(readRegular(path).toString("utf8"), path) : [];
}

/** Makes the key of a folder that has none. */
export function makeIgnoreKey(folder: string): Buffer {
  const key = randomBytes(32);
  const path = join(folder, KEY_FILE);
  writing(path, () => {
    const file = openSync(path, "wx");
    try {
      writeFileSync(file, `${key.toString("hex")}\n`);
    } catch (error) {
      // A part of a key would be in the way of every scan.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
  });
  return key;
}

/** @throws PatrolError `usage-invalid` with the file's own name, where it cannot be written. */
export function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw new PatrolError("usage-invalid", `cannot write ${path}: ${whyOf(error)}`, { cause: error });
  }
}

/** What stands for a secret in an ignore file: the keyed HMAC of its scrypt hash, 64 hex digits. */
export function ignoreDigest(secret: string, key: Buffer): string {
  const slow = scryptSync(Buffer.from(secret, "latin1"), key, 32, COST);
  return createHmac("sha256", key).update("patrol ignore 1\0").update(slow).digest("hex");
}
