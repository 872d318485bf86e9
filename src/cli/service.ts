import { loadConfig } from "../config/config.ts";
import { PatrolError, toPatrolError } from "../model/errors.ts";
import { harmless } from "./harmless.ts";
import { admin } from "./service/admin.ts";
import { audit } from "./service/audit.ts";
import { withOperations } from "./service/client.ts";
import type { AdministrationCommand, ProcessCommand, Terminal } from "./service/command.ts";
import { delivery } from "./service/delivery.ts";
import { demo } from "./service/demo.ts";
import { incident } from "./service/incident.ts";
import { migrate } from "./service/migrate.ts";
import { organization } from "./service/organization.ts";
import { policy } from "./service/policy.ts";
import { serve } from "./service/serve.ts";
import { token } from "./service/token.ts";
import { user } from "./service/user.ts";
import { worker } from "./service/work.ts";

const PROCESSES: Readonly<Record<string, ProcessCommand>> = { serve, worker, migrate, demo };

const ADMINISTRATION: Readonly<Record<string, AdministrationCommand>> = {
  admin,
  audit,
  delivery,
  incident,
  org: organization,
  policy,
  token,
  user,
};

const OUR_OWN: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
};

/** Runs one command of the service; the answer is the exit code. */
export async function runService(
  command: string,
  args: readonly string[],
  terminal: Terminal = OUR_OWN,
): Promise<number> {
  try {
    const process = PROCESSES[command];
    if (!process) await administer(command, args, terminal);
    else if (asksForHelp(args)) terminal.out(`  ${process.usage}`);
    else await process.run(args, terminal);
    return 0;
  } catch (error) {
    const failed = toPatrolError(error);
    const stack = failed.code === "internal" && failed.cause instanceof Error ? `\n${failed.cause.stack ?? ""}` : "";
    terminal.note(await harmless(`patrol: ${failed.message}${stack}`));
    return failed.kind.exit;
  }
}

const asksForHelp = (args: readonly string[]) => args.some((word) => word === "--help" || word === "-h");

async function administer(command: string, args: readonly string[], terminal: Terminal): Promise<void> {
  const group = ADMINISTRATION[command];
  const usages = Object.values(group ?? {}).map((one) => `  ${one.usage}`);
  if (!group) throw new PatrolError("usage-invalid", `There is no command "${command}". \`patrol help\` lists them.`);
  const [name = "", ...rest] = args;
  if (name === "" || name === "help" || asksForHelp(args)) {
    for (const usage of usages) terminal.out(usage);
    return;
  }
  const subcommand = group[name];
  if (!subcommand)
    throw new PatrolError("usage-invalid", `There is no "patrol ${command} ${name}". There is:\n${usages.join("\n")}`);
  const config = loadConfig(process.env, process.cwd());
  await withOperations(config, async (call) => await subcommand.run(rest, { config, call, terminal }));
}
