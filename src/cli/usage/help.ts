import { PatrolError } from "../../model/errors.ts";
import { nearest } from "./arguments.ts";
import type { Command, Run } from "./command.ts";
import { COMMANDS, SERVICE_COMMANDS } from "./commands.ts";
import { COMMON_FLAGS, type Flag } from "./flags.ts";

/** `-r, --report-path FILE` as help, manual page and completion spell a flag. */
export function spell({ name, short, kind, value, bare }: Flag): string {
  const word = kind === "switch" ? "" : bare === undefined ? ` ${value ?? "VALUE"}` : `[=${value ?? "VALUE"}]`;
  return `${short ? `-${short}, ` : "    "}--${name}${word}`;
}

const table = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`.trimEnd()).join("\n");
};

const visible = Object.entries(COMMANDS).filter(([, command]) => !command.hidden);

const GENERAL = () => `Patrol finds leaked access tokens, and stops them before they leak.

Usage: patrol COMMAND [FLAGS]

${table([
  ["patrol git", "scan every commit of this repository"],
  ["patrol git --staged", "scan what the next commit would add"],
  ["patrol dir src", "scan a folder as it lies on the disk"],
  ["patrol dir -r report.sarif", "write a report for code scanning"],
])}

Commands
${table(visible.map(([name, command]) => [name, command.summary]))}

Commands of the service
${table(Object.entries(SERVICE_COMMANDS))}

Exit codes
${table([
  ["0", "nothing found"],
  ["1", "found something; --exit-code changes it"],
  ["2", "something could not be scanned: do not trust the silence"],
  ["126", "a flag that does not exist"],
])}

"patrol help COMMAND" tells the rest. Secrets are never shown unless asked with --show-secrets.
`;

function helpText(name: string, command: Command): string {
  const flags = [...command.flags, ...COMMON_FLAGS].filter(({ hidden }) => !hidden);
  const examples = command.examples.length > 0 ? `\nExamples\n${table(command.examples)}\n` : "";
  return `patrol ${name}: ${command.summary}

Usage: patrol ${[name, command.operands, "[FLAGS]"].filter(Boolean).join(" ")}
${examples}
Flags
${table(flags.map((flag) => [spell(flag), flag.says + (flag.choices ? `: ${flag.choices.join(", ")}` : "")]))}
`;
}

export const help: Run = ({ positionals: [name = ""] }) => {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name !== "" && !command) {
    if (Object.hasOwn(SERVICE_COMMANDS, name))
      return {
        exitStatus: 0,
        stdout: `patrol ${name}: ${SERVICE_COMMANDS[name]}\n\n"patrol ${name} --help" tells the rest.\n`,
        stderr: "",
      };
    const meant = nearest(name, Object.keys(COMMANDS));
    throw new PatrolError(
      "usage-invalid",
      `there is no command ${JSON.stringify(name)}${meant ? `; did you mean ${meant}?` : "; `patrol help` lists them"}`,
    );
  }
  return { exitStatus: 0, stdout: command ? helpText(name, command) : GENERAL(), stderr: "" };
};
