import type { Command } from "./command.ts";
import {
  BASELINE_FLAGS,
  DETECT_FLAGS,
  DIR_FLAGS,
  GIT_FLAGS,
  HOOK_FLAGS,
  IGNORE_FLAGS,
  IMPORT_FLAGS,
  PROTECT_FLAGS,
  RECEIPT_FLAGS,
  RULES_FLAGS,
  SCAN_FLAGS,
} from "./flags.ts";

const dir: Command = {
  summary: "scan files and folders as they lie on the disk",
  operands: "[PATH...]",
  flags: [...DIR_FLAGS, ...SCAN_FLAGS],
  examples: [
    ["patrol dir", "everything below this folder"],
    ["patrol dir src tests/data.json", "one folder and one file"],
    ["patrol dir --respect-gitignore --max-archive-depth 2 .", "what git would track, archives opened"],
    ["patrol dir -r report.sarif .", "write a SARIF report"],
  ],
};

const ALL = {
  git: {
    summary: "scan the history of a repository, or what is staged in it",
    operands: "[REPOSITORY]",
    flags: [...GIT_FLAGS, ...SCAN_FLAGS],
    examples: [
      ["patrol git", "every commit of every branch and tag of this repository"],
      ["patrol git --log-opts=main..HEAD", "only what this branch adds"],
      ["patrol git --staged", "what the next commit would add"],
      ["patrol git --baseline-path known.json ../other", "only what is not known yet"],
    ],
  },
  dir,
  directory: { ...dir, hidden: true },
  file: { ...dir, hidden: true },
  stdin: {
    summary: "scan standard input",
    flags: SCAN_FLAGS,
    examples: [["kubectl logs web | patrol stdin", "the log of a program"]],
  },
  hook: {
    summary: "look at commits and pushes before they happen: install, doctor, uninstall, run, agent",
    operands: "install|doctor|uninstall|run TYPE|agent",
    flags: [...HOOK_FLAGS, ...SCAN_FLAGS],
    examples: [
      ["patrol hook install", "scan what is committed and pushed in this repository"],
      ["patrol hook install --global", "in every repository"],
      ["patrol hook install --type pre-receive", "on a server, in a bare repository"],
      ["patrol hook doctor", "do the hooks run, and what stands in their way"],
      ["patrol hook uninstall", "put back what was there before"],
    ],
  },
  detect: {
    summary: "gitleaks' old name for git, dir and stdin",
    hidden: true,
    flags: [...DETECT_FLAGS, ...SCAN_FLAGS],
    examples: [],
  },
  protect: {
    summary: "gitleaks' old name for git --staged",
    hidden: true,
    flags: [...PROTECT_FLAGS, ...SCAN_FLAGS],
    examples: [],
  },
  rules: {
    summary: "list the rules, test them, explain what they made of a line",
    operands: "list | test [FILE] | explain FILE:LINE",
    flags: RULES_FLAGS,
    examples: [
      ["patrol rules list", "every rule, a line each"],
      ["patrol rules explain src/config.js:12", "which step decided, rule by rule"],
      ["patrol rules explain --commit HEAD~3 old.env:2", "the line as it was in a commit"],
      ["patrol rules test my-rules.toml", "whether a rule finds what it should, and what it costs"],
    ],
  },
  ignore: {
    summary: "secrets that are known: add, list, prune",
    operands: "add FILE:LINE | list | prune",
    flags: IGNORE_FLAGS,
    examples: [
      ['patrol ignore add test/keys.js:3 --reason "made up" --until 2030-12-31', "whatever is found there"],
      ["patrol ignore list", "every entry, and whether it holds"],
      ["patrol ignore prune", "take out what is expired or tells of nothing"],
    ],
  },
  baseline: {
    summary: "take down what is found today, so that only what is new is reported",
    flags: BASELINE_FLAGS,
    examples: [["patrol baseline", "into .patrol-baseline, which scans here read by themselves"]],
  },
  import: {
    summary: "take over what another scanner's files leave out",
    operands: "gitleaks|detect-secrets|trufflehog|ggshield|secretlint [FILE...]",
    flags: IMPORT_FLAGS,
    examples: [
      ["patrol import gitleaks", "the ignore files that lie here"],
      ["patrol import gitleaks baseline.json", "a JSON report that served as a baseline"],
      ["patrol import detect-secrets", "what .secrets.baseline knows"],
      ["patrol import trufflehog exclude.txt", "a file for --exclude-paths"],
    ],
  },
  receipt: {
    summary: "check the signature and completeness of a coverage receipt",
    operands: "verify FILE",
    flags: RECEIPT_FLAGS,
    examples: [["patrol receipt verify receipt.json --key public.pem", "exit code 2 unless signed and complete"]],
  },
  completion: {
    summary: "print the completion script of a shell",
    operands: "bash|zsh|fish|powershell",
    flags: [],
    examples: [
      ["source <(patrol completion bash)", "for this session"],
      ["patrol completion zsh > ~/.zfunc/_patrol", "for every session of zsh"],
      ["patrol completion fish > ~/.config/fish/completions/patrol.fish", "for every session of fish"],
      ["patrol completion powershell >> $PROFILE", "for every session of PowerShell"],
    ],
  },
  manual: {
    summary: "print the manual page",
    hidden: true,
    flags: [],
    examples: [],
  },
  version: {
    summary: "print the version",
    // gitleaks takes its common flags everywhere.
    flags: SCAN_FLAGS.map((flag) => ({ ...flag, hidden: true })),
    examples: [],
  },
  help: {
    summary: "help for a command",
    operands: "[COMMAND]",
    flags: [],
    examples: [],
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof ALL;

/** Every command of this program, as people are told of it. */
export const COMMANDS: Readonly<Record<string, Command>> = ALL;

/** Commands of the service, read by its own parser from its own bundle: name → what it is for. */
export const SERVICE_COMMANDS: Readonly<Record<string, string>> = {
  serve: "run the service: web page, webhooks, workers",
  worker: "run only the service's workers",
  migrate: "bring the service's database up to date",
  demo: "the whole story on one machine, from push to revoked",
  admin: "administrators of the service: token",
  audit: "the audit log: verify",
  delivery: "the inbox of webhooks: list, replay",
  incident: "what was found and what became of it: list",
  org: "organizations: create, list",
  policy: "what happens to an organization's leaked tokens: show, set",
  token: "personal access tokens: create, list, revoke",
  user: "owners of tokens: create, disable, enable",
};
