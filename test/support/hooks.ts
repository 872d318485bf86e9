import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { build } from "../../scripts/build.mjs";
import { crcToken } from "./tokens.ts";
import type { Workplace } from "./patrol.ts";

/** The hooks call the built program. */
export const builtProgram = () => build();

export const token = crcToken(31);
export const line = `const key = "${token}";\n`;

export interface Tried {
  readonly ok: boolean;
  readonly said: string;
}

/** Runs git, which may be refused by a hook, and gives what all of them said. */
export function tries(place: Workplace, args: readonly string[], env: Record<string, string> = {}): Tried {
  const { status, stdout, stderr } = spawnSync("git", ["-c", "protocol.file.allow=always", ...args], {
    cwd: place.folder,
    encoding: "utf8",
    env: { ...environmentOf(place), ...env },
  });
  const said = `${stdout}${stderr}`;
  if (said.includes(token)) throw new Error("a hook printed a secret");
  return { ok: status === 0, said };
}

const environmentOf = ({ folder }: Pick<Workplace, "folder">): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  HOME: folder,
  LANG: "C.UTF-8",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_EDITOR: "true",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.org",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.org",
});

/** A PATH that begins with a `patrol` as a project's own dependencies would bring it, and with `programs`. */
export function pathWithPatrol({ folder }: Workplace, ...programs: readonly string[]): string {
  const bin = join(folder, ".bin");
  mkdirSync(bin, { recursive: true });
  const script = `#!/bin/sh\nexec '${process.execPath}' '${process.cwd()}/dist/patrol.cjs' "$@"\n`;
  writeFileSync(join(bin, "patrol"), script, { mode: 0o755 });
  return [bin, ...programs, process.env["PATH"]].join(delimiter);
}

/** Runs a program in the workplace as a person would; throws with all that it said when it fails. */
export function runs(
  place: Pick<Workplace, "folder">,
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: place.folder,
    encoding: "utf8",
    env: { ...environmentOf(place), ...env },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}
