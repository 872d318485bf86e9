import assert from "node:assert/strict";
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

export interface Manager {
  /** What every git command is run with. */
  readonly env: Record<string, string>;
  /** What is said at a commit in which nothing is found, and at one with a secret in `a.js`. */
  readonly passes: RegExp;
  readonly stops: RegExp;
  /** The variable by which the manager leaves its hooks out. */
  readonly wayOut: Record<string, string>;
}

/**
 * What holds wherever a manager of hooks runs ours, in a repository that has it set up and has made no commit yet: commits
 * and pushes are scanned, and the manager's own way out is one. Ends with an unpushed secret on `main`.
 */
export function standsGuard(place: Workplace, { env, passes, stops, wayOut }: Manager): void {
  const { git, write } = place;
  git("add", ".");
  const clean = tries(place, ["commit", "-m", "Set up"], env);
  assert.ok(clean.ok, clean.said);
  assert.match(clean.said, passes);
  write({ "a.js": line });
  git("add", "a.js");
  const refused = tries(place, ["commit", "-m", "Add a key"], env);
  assert.ok(!refused.ok, refused.said);
  assert.match(refused.said, stops);
  assert.ok(tries(place, ["commit", "-m", "Unseen"], { ...env, ...wayOut }).ok, "the manager's own way out");
  git("init", "--quiet", "--bare", "remote.git");
  git("remote", "add", "origin", "./remote.git");
  const push = tries(place, ["push", "origin", "main"], env);
  assert.ok(!push.ok, push.said);
  assert.match(push.said, /This push was stopped/);
}
