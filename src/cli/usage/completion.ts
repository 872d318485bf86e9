import { PatrolError } from "../../model/errors.ts";
import type { Run } from "./command.ts";
import { COMMANDS, SERVICE_COMMANDS } from "./commands.ts";
import { COMMON_FLAGS, type Flag } from "./flags.ts";

const commands: readonly [name: string, summary: string, flags: readonly Flag[]][] = [
  ...Object.entries(COMMANDS)
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { summary, flags }]): [string, string, Flag[]] => [
      name,
      summary,
      [...flags, ...COMMON_FLAGS].filter((flag) => !flag.hidden),
    ]),
  ...Object.entries(SERVICE_COMMANDS).map(([name, summary]) => [name, summary, []] as [string, string, Flag[]]),
];

const SHELL_NAMES = ["bash", "zsh", "fish", "powershell"] as const;
const shells = SHELL_NAMES.join(" ");

const names = commands.map(([name]) => name).join(" ");
/** For single quotes in every shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const takesFile = (flag: Flag) => ["FILE", "PATH", "FOLDER"].includes(flag.value ?? "");

function bash(): string {
  const choices = new Map(
    commands.flatMap(([, , flags]) =>
      flags.flatMap((flag) => (flag.choices ? [[flag.name, flag.choices]] : []) as [string, readonly string[]][]),
    ),
  );
  return `# bash completion for patrol
_patrol() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= word
  [[ $previous == = ]] && previous=\${COMP_WORDS[COMP_CWORD-2]}
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case $previous in
${[...choices].map(([name, values]) => `    --${name}) COMPREPLY=($(compgen -W ${quoted(values.join(" "))} -- "\${current#=}")); return ;;`).join("\n")}
  esac
  case $command in
    "") COMPREPLY=($(compgen -W ${quoted(names)} -- "$current")); return ;;
${commands
  .filter(([, , flags]) => flags.length > 0)
  .map(
    ([name, , flags]) =>
      `    ${name}) [[ $current == -* ]] && COMPREPLY=($(compgen -W ${quoted(flags.map((flag) => `--${flag.name}`).join(" "))} -- "$current")) ;;`,
  )
  .join("\n")}
    completion) COMPREPLY=($(compgen -W '${shells}' -- "$current")) ;;
  esac
}
complete -o default -F _patrol patrol
`;
}

function zsh(): string {
  const describe = (text: string) => text.replace(/[[\]:\\]/g, "\\$&");
  const action = (flag: Flag) => (flag.choices ? `(${flag.choices.join(" ")})` : takesFile(flag) ? "_files" : "");
  const argument = (flag: Flag) => {
    const value = flag.kind === "switch" ? "" : `:${flag.value ?? "value"}:${action(flag)}`;
    const equals = flag.kind === "switch" ? "" : flag.bare === undefined ? "=" : "=-";
    return quoted(`${flag.kind === "list" ? "*" : ""}--${flag.name}${equals}[${describe(flag.says)}]${value}`);
  };
  return `#compdef patrol
_patrol() {
  local -a commands
  commands=(
${commands.map(([name, summary]) => `    ${quoted(`${name}:${describe(summary)}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
${commands
  .filter(([, , flags]) => flags.length > 0)
  .map(
    ([name, , flags]) =>
      `    ${name}) _arguments ${flags.map(argument).join(" ")} ${name === "completion" ? `'1:shell:(${shells})'` : "'*:path:_files'"} ;;`,
  )
  .join("\n")}
  esac
}
if [ "$funcstack[1]" = "_patrol" ]; then _patrol "$@"; else compdef _patrol patrol; fi
`;
}

function fish(): string {
  const lines = commands.flatMap(([name, summary, flags]) => [
    `complete -c patrol -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...flags.map((flag) => {
      const value =
        flag.kind === "switch"
          ? ""
          : flag.choices
            ? ` -x -a ${quoted(flag.choices.join(" "))}`
            : takesFile(flag)
              ? " -r -F"
              : " -x";
      const short = flag.short ? ` -s ${flag.short}` : "";
      return `complete -c patrol -n '__fish_seen_subcommand_from ${name}' -l ${flag.name}${short}${value} -d ${quoted(flag.says)}`;
    }),
  ]);
  return `# fish completion for patrol\n${lines.join("\n")}\ncomplete -c patrol -f -n '__fish_seen_subcommand_from completion' -a '${shells}'\n`;
}

/** A literal of PowerShell's, where any of these marks is a single quote and two of them are one. */
const literal = (text: string) => `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;

/**
 * For Windows PowerShell 5.1 and PowerShell 7. Where it gives nothing PowerShell completes names of files itself. The word
 * is taken from the syntax tree, as far as the cursor.
 */
function powershell(): string {
  // The comma keeps a list within a list as it is.
  const result = (indent: string, text: string, kind: string, says: string) =>
    `${indent},@(${literal(text)}, ${literal(kind)}, ${literal(says)})`;
  const list = (lines: readonly string[]) => lines.join("\n");
  const flagged = commands.filter(([, , flags]) => flags.length > 0);
  const choices = new Map(
    commands.flatMap(([, , flags]) =>
      flags.flatMap(({ name, short, choices = [] }) =>
        choices.length === 0
          ? []
          : [[`--${name}`, choices] as const, ...(short ? [[`-${short}`, choices] as const] : [])],
      ),
    ),
  );
  return `# PowerShell completion for patrol
Register-ArgumentCompleter -Native -CommandName @('patrol', 'patrol.cmd', 'patrol.exe') -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $commands = @(
${list(commands.map(([name, summary]) => result("    ", name, "ParameterValue", summary)))}
  )
  $flags = @{
${list(
  flagged.map(
    ([name, , flags]) =>
      `    ${literal(name)} = @(\n${list(flags.map((flag) => result("      ", `--${flag.name}`, "ParameterName", flag.says)))}\n    )`,
  ),
)}
  }
  $choices = @{
${list([...choices].map(([name, values]) => `    ${literal(name)} = @(${values.map(literal).join(", ")})`))}
  }
  $word = "$wordToComplete"
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.Extent.Text })
  $command = $before | Where-Object { $_ -notlike '-*' } | Select-Object -First 1
  $previous = $before | Select-Object -Last 1
  $prefix = ''
  if ($word -match '^(--[a-z-]+)=(.*)$') {
    $previous = $Matches[1]
    $prefix = $Matches[1] + '='
    $word = $Matches[2]
  }
  $found = @()
  if ($previous -and $choices.ContainsKey($previous)) {
    foreach ($value in $choices[$previous]) { $found += ,@($value, 'ParameterValue', $value) }
  } elseif ($prefix) {
    return
  } elseif ($word -like '-*') {
    if ($command -and $flags.ContainsKey($command)) { $found = $flags[$command] }
  } elseif (-not $command) {
    $found = $commands
  } elseif ($command -eq 'completion') {
    foreach ($shell in ${SHELL_NAMES.map(literal).join(", ")}) { $found += ,@($shell, 'ParameterValue', $shell) }
  }
  foreach ($one in $found) {
    if ($one[0].StartsWith($word, [System.StringComparison]::Ordinal)) {
      [System.Management.Automation.CompletionResult]::new($prefix + $one[0], $one[0], $one[1], $one[2])
    }
  }
}
`;
}

const SHELLS: Record<(typeof SHELL_NAMES)[number], () => string> = { bash, zsh, fish, powershell };

export const completion: Run = ({ positionals: [shell = ""] }) => {
  const name = SHELL_NAMES.find((one) => one === shell || (one === "powershell" && shell === "pwsh"));
  if (!name) throw new PatrolError("usage-invalid", "say which shell: patrol completion bash, zsh, fish or powershell");
  return { exitStatus: 0, stdout: SHELLS[name](), stderr: "" };
};
