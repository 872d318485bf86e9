import type { Run } from "./command.ts";
import { COMMANDS, SERVICE_COMMANDS } from "./commands.ts";
import { COMMON_FLAGS, SCAN_FLAGS, type Flag } from "./flags.ts";
import { spell } from "./help.ts";

/** Text for roff: a hyphen stays one when copied, and no line begins with a request. */
const roff = (text: string) =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^(['.])/gm, "\\&$1");

const flagEntry = (flag: Flag) =>
  `.TP\n.B ${roff(spell(flag).trim())}\n${roff(flag.says + (flag.choices ? ` (${flag.choices.join(", ")})` : ""))}`;

const own = (flags: readonly Flag[]) => flags.filter((flag) => !flag.hidden && !SCAN_FLAGS.includes(flag));

/** The manual page patrol(1), made from the tables that the program itself reads. */
function manualPage(): string {
  const visible = Object.entries(COMMANDS).filter(([, { hidden }]) => !hidden);
  const examples = visible.flatMap(([, command]) => command.examples);
  return `.TH PATROL 1
.SH NAME
patrol \\- find leaked access tokens, and stop them before they leak
.SH SYNOPSIS
.B patrol
.I COMMAND
[\\fIFLAGS\\fR]
.SH COMMANDS
${visible
  .map(([name, command]) =>
    [
      `.SS ${roff([name, command.operands].filter(Boolean).join(" "))}`,
      roff(command.summary),
      ...own(command.flags).map(flagEntry),
    ].join("\n"),
  )
  .join("\n")}
.SS Commands of the service
${Object.entries(SERVICE_COMMANDS)
  .map(([name, summary]) => `.TP\n.B ${name}\n${roff(summary)}`)
  .join("\n")}
.SH FLAGS OF EVERY SCAN
${[...SCAN_FLAGS, ...COMMON_FLAGS]
  .filter(({ hidden }) => !hidden)
  .map(flagEntry)
  .join("\n")}
.SH EXIT STATUS
.TP
.B 0
nothing found
.TP
.B 1
found something; \\-\\-exit\\-code changes it
.TP
.B 2
something could not be scanned or done
.TP
.B 126
a flag that does not exist
.SH ENVIRONMENT
.TP
.B PATROL_CONFIG, BETTERLEAKS_CONFIG, GITLEAKS_CONFIG
path of the configuration, when there is no \\-\\-config
.TP
.B PATROL_CONFIG_TOML, BETTERLEAKS_CONFIG_TOML, GITLEAKS_CONFIG_TOML
the configuration itself
.TP
.B PATROL_SERVICE_URL, PATROL_SERVICE_TOKEN, PATROL_SERVICE_TOKEN_FILE
the service that \\-\\-verify asks and that hooks tell of bypasses, and a token for it
.TP
.B PATROL_SERVICE_TIMEOUT
how many seconds its answer is waited for
.TP
.B PATROL_TOKEN_PREFIX
what the service's tokens begin with, where it is not patrol_
.TP
.B PATROL_BYPASS
why a hook lets this commit or push through
.TP
.B PATROL_IGNORE_KEY
the key of .patrolignore and .patrol\\-baseline, 64 hexadecimal digits, in place of .patrol\\-key
.TP
.B BETTERLEAKS_FINGERPRINT_HMAC_KEY
the key of the digests in .betterleaksignore
.TP
.B PATROL_DEBUG
when set, where in the program an error of its own came from
.TP
.B NO_COLOR
no colours
.SH FILES
.TP
.B .patrol.toml, .betterleaks.toml, .gitleaks.toml
configuration, looked for in what is scanned, in this order
.TP
.B .gitleaksignore, .betterleaksignore
findings to leave out, by fingerprint or by SHA\\-256 of the secret
.TP
.B .patrolignore, .patrol\\-baseline, .patrol\\-key
secrets that are known, by a digest under the key, as patrol ignore and patrol baseline write them
.SH EXAMPLES
${examples.map(([line, does]) => `.TP\n.B ${roff(line)}\n${roff(does)}`).join("\n")}
`;
}

export const manual: Run = () => ({ exitStatus: 0, stdout: manualPage(), stderr: "" });
