import { basename } from "node:path";
import { PatrolError } from "../../model/errors.ts";
import { readAll } from "../../sources/files/stdin.ts";
import { openRepository, refuseEndlessBelow } from "../../sources/git/repository.ts";
import { findWorkTree } from "../../sources/git/stage/work-tree.ts";
import { loadConfiguration } from "../configuration.ts";
import type { Arguments } from "../usage/arguments.ts";
import { EXIT, type Result, type Terminal } from "../usage/command.ts";
import { runGit } from "../place/repository.ts";
import { staged } from "../staged/staged.ts";
import { bypassReason, checkReason, recordBypass, stagedTree, tellService } from "./bypass.ts";
import { deadline } from "./deadline.ts";
import type { Remote } from "./known-to-remote.ts";
import type { HookType } from "./script.ts";
import { isNothing, readUpdates, updateFromFramework, type Update } from "./updates.ts";

/** Seconds, counted from the start of the process: GitHub Enterprise Server gives hooks five. */
const SERVER_SECONDS = 4;
const MOST_INPUT = 64 << 20;

/** The same arguments with some flags set. */
const withFlags = (args: Arguments, flags: readonly string[], without: readonly string[] = []): Arguments => ({
  ...args,
  has: (name) => flags.includes(name) || (!without.includes(name) && args.has(name)),
  number: (name) => (without.includes(name) ? undefined : args.number(name)),
});

async function updatesFrom(terminal: Terminal, type: "pre-push" | "pre-receive"): Promise<Update[]> {
  const { bytes, isCut } = await readAll(terminal.stdin, MOST_INPUT);
  if (isCut)
    throw new PatrolError("limit-exceeded", `a push names more refs than ${MOST_INPUT} bytes hold; push fewer at once`);
  return readUpdates(bytes.toString("utf8"), type);
}

const COMMIT_ADVICE = `
This commit was stopped. Take the secret out of the file and stage the file again; if it was ever shared, revoke it.
A secret that is none (a fixture, say): put the comment patrol:allow behind it.
To commit it all the same, with the reason recorded:  PATROL_BYPASS="why" git commit ...
`;
const PUSH_ADVICE = `
This push was stopped. A later commit that removes the secret is not enough, as the push brings the earlier one too:
rewrite the commit that brought it (git commit --amend, or git rebase -i), then push again. If it was shared, revoke it.
To push it all the same, with the reason recorded:  PATROL_BYPASS="why" git push ...
`;
const RECEIVE_ADVICE = `
This push was refused and nothing of it was kept. What to do:
  1. Revoke the secret where it was issued, if anybody else may have seen it.
  2. Take it out of every commit that holds it: git commit --amend, or git rebase -i. Deleting it on top is not enough.
  3. Push again.
`;

/** Lets findings through when a reason was given, and says so. */
async function orBypass(
  result: Result,
  {
    type,
    objects,
    env,
    args,
    by,
  }: {
    readonly type: HookType;
    readonly objects: () => readonly string[];
    readonly env: Terminal["env"];
    readonly args: Arguments;
    readonly by?: string | undefined;
  },
  advice: string,
): Promise<Result> {
  if (result.exitStatus === EXIT.clean) return result;
  const reason = args.has("no-bypass") ? undefined : bypassReason(env, type === "pre-receive");
  if (reason === undefined) return { ...result, stderr: result.stderr + advice };
  checkReason(reason);
  const { rulebook } = await loadConfiguration({ enabled: [] }, env);
  const fingerprints = result.fingerprints ?? [];
  const isIncomplete = result.exitStatus === EXIT.couldNotScan;
  const bypass = { hook: type, reason, fingerprints, isIncomplete, objects: objects(), by };
  recordBypass(bypass, rulebook, new Date());
  const told = await tellService(bypass, rulebook, env);
  return {
    ...result,
    exitStatus: EXIT.clean,
    stderr: `${result.stderr}let through: a reason was given, and is recorded${told === undefined ? "" : `; ${told}`}\n`,
  };
}

async function preCommit(args: Arguments, terminal: Terminal): Promise<Result> {
  const result = await staged(undefined, args, terminal, { whenEmpty: "amend" });
  const objects = () => [stagedTree()];
  return await orBypass(result, { type: "pre-commit", objects, env: terminal.env, args }, COMMIT_ADVICE);
}

const tips = (updates: readonly Update[]) =>
  [...new Set(updates.map((update) => update.new))].filter((id) => !isNothing(id));

/** A push to the remote `named`, of what git writes to standard input; or of what the framework's variables tell. */
export async function prePush(
  named: Remote,
  args: Arguments,
  terminal: Terminal,
  notes: readonly string[] = [],
): Promise<Result> {
  const { env } = terminal;
  // git is asked before our own readers look at what it reads.
  const here = findWorkTree(".", env);
  if (here !== undefined) refuseEndlessBelow(openRepository(here.gitDir, env));
  const told = updateFromFramework(env, (revision) => runGit(".", ["rev-parse", "--verify", "--quiet", revision]));
  const updates = told === undefined ? await updatesFrom(terminal, "pre-push") : [told];
  const remote =
    told === undefined
      ? named
      : { name: env["PRE_COMMIT_REMOTE_NAME"] ?? "", address: env["PRE_COMMIT_REMOTE_URL"] ?? "" };
  if (updates.length === 0)
    return {
      exitStatus: EXIT.clean,
      stdout: "",
      stderr: "patrol: git names nothing to push, so nothing was scanned\n",
    };
  const [{ knownToRemote }, { scanPush }] = await Promise.all([import("./known-to-remote.ts"), import("./push.ts")]);
  const target = runGit(".", ["rev-parse", "--show-toplevel"]);
  // The framework does not say what the remote has.
  const known = knownToRemote(remote, told === undefined ? updates : []);
  const push = { updates, known: known.revisions, target, notes: [...notes, ...known.notes] };
  const result = await scanPush(args, terminal, push);
  return await orBypass(result, { type: "pre-push", objects: () => tips(updates), env, args }, PUSH_ADVICE);
}

async function preReceive(args: Arguments, terminal: Terminal): Promise<Result> {
  const seconds = args.number("timeout") ?? SERVER_SECONDS;
  const over = `patrol: this push could not be scanned within ${seconds} seconds, so it is refused. Push fewer commits at once.`;
  const { signal, cancel } = deadline(seconds, over);
  const updates = await updatesFrom(terminal, "pre-receive");
  const { scanPush } = await import("./push.ts");
  // Comments in what is pushed are the pusher's: here only a recorded reason lets a finding through.
  const strict = withFlags(args, ["ignore-gitleaks-allow"], ["timeout"]);
  const push = { updates, known: ["--all"], target: undefined, signal };
  const result = await scanPush(strict, terminal, push);
  const hasOptions = runGit(".", ["config", "--type=bool", "--get", "receive.advertisePushOptions"]) === "true";
  const way = `If it is no secret, or must stay: git push -o patrol.bypass="why" ...  The reason is recorded.\n`;
  const advice = `${signal.aborted ? `\n${over}\n` : ""}${RECEIVE_ADVICE}${hasOptions && !args.has("no-bypass") ? way : ""}`;
  const { env } = terminal;
  const by = env["GL_USERNAME"] ?? env["GITHUB_USER_LOGIN"] ?? env["REMOTE_USER"] ?? env["USER"];
  try {
    return await orBypass(result, { type: "pre-receive", objects: () => tips(updates), env, args, by }, advice);
  } finally {
    cancel();
  }
}

/** What an installed script calls: `patrol hook run TYPE`, with the hook's own arguments and standard input. */
export async function runHook(args: Arguments, terminal: Terminal): Promise<Result> {
  const [type = "", ...rest] = args.positionals.slice(1);
  if (type === "pre-commit") return await preCommit(args, terminal);
  if (type === "pre-push") return await prePush({ name: rest[0] ?? "", address: rest[1] ?? "" }, args, terminal);
  if (type === "pre-receive") return await preReceive(args, terminal);
  throw new PatrolError(
    "usage-invalid",
    `patrol hook run takes pre-commit, pre-push or pre-receive, not ${basename(type)}`,
  );
}
