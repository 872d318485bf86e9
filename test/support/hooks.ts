import { spawnSync } from "node:child_process";
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

const environmentOf = ({ folder }: Workplace): NodeJS.ProcessEnv => ({
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
