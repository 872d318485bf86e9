import { PatrolError } from "../model/errors.ts";
import type { Run } from "./command.ts";
import { COMMANDS, SERVICE_COMMANDS } from "./commands.ts";
import { COMMON_FLAGS, type Flag } from "./flags.ts";

const commands: readonly [name: string, summary: string, flags: readonly Flag[]][] = [
  ...Object.entries(COMMANDS)
    .filter(([, { hidden }]) => !hidden)
    .map(
      ([name, { summary, flags }]) =>
        [name, summary, [...flags, ...COMMON_FLAGS].filter((flag) => !flag.hidden)] as const,
    )
    .map(([name, summary, flags]) => [name, summary, flags] as [string, string, Flag[]]),
  ...Object.entries(SERVICE_COMMANDS).map(([name, summary]) => [name, summary, []] as [string, string, Flag[]]),
];

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
    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$current")) ;;
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
      `    ${name}) _arguments ${flags.map(argument).join(" ")} ${name === "completion" ? "'1:shell:(bash zsh fish)'" : "'*:path:_files'"} ;;`,
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
  return `# fish completion for patrol\n${lines.join("\n")}\ncomplete -c patrol -f -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'\n`;
}

const SHELLS: Record<string, () => string> = { bash, zsh, fish };

export const completion: Run = ({ positionals: [shell = ""] }) => {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (!script) throw new PatrolError("usage-invalid", "say which shell: patrol completion bash, zsh or fish");
  return { exitStatus: 0, stdout: script(), stderr: "" };
};
