/** One flag. Help, completion and the manual page are made from this table, so they cannot disagree with the parser. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly kind: "switch" | "text" | "number" | "list";
  /** What `--name` alone means for a flag whose value may be left out; its value then needs `=`. */
  readonly bare?: string;
  /** What a person reads in place of the value: FILE, N. */
  readonly value?: string;
  readonly says: string;
  readonly choices?: readonly string[];
  /** The largest number that means something. */
  readonly most?: number;
  /** Accepted for the sake of old scripts; not shown. */
  readonly hidden?: boolean;
}

const REPORT_FORMATS = ["json", "csv", "junit", "sarif", "gitlab", "github", "html", "template"] as const;

/** Flags that every scan takes; gitleaks v8's names, shorts and defaults. */
export const SCAN_FLAGS: readonly Flag[] = [
  { name: "config", short: "c", kind: "text", value: "FILE", says: "rules and allowlists, in gitleaks' TOML" },
  {
    name: "report-path",
    short: "r",
    kind: "text",
    value: "FILE",
    says: "write a report; - is standard output",
  },
  {
    name: "report-format",
    short: "f",
    kind: "text",
    value: "FORMAT",
    choices: REPORT_FORMATS,
    says: "format of the report; else the file's ending decides",
  },
  {
    name: "report-template",
    kind: "text",
    value: "FILE",
    says: "template (Go's text/template) for --report-format template",
  },
  { name: "baseline-path", short: "b", kind: "text", value: "FILE", says: "report of findings that are known already" },
  {
    name: "gitleaks-ignore-path",
    short: "i",
    kind: "text",
    value: "PATH",
    says: "ignore file, or the folder that holds .gitleaksignore",
  },
  { name: "ignore-gitleaks-allow", kind: "switch", says: "report also what a comment such as patrol:allow allows" },
  { name: "receipt", kind: "text", value: "FILE", says: "write what was scanned, what not and by which rules" },
  { name: "receipt-key", kind: "text", value: "FILE", says: "sign the receipt with this Ed25519 key (PEM)" },
  { name: "annotate", kind: "switch", says: "GitHub's annotations on standard output, and the job's summary" },
  { name: "strict-ignores", kind: "switch", says: "exit code 2 for expired, unused or unreadable ignore entries" },
  { name: "enable-rule", kind: "list", value: "ID", says: "only this rule; may be given again" },
  {
    name: "redact",
    kind: "number",
    bare: "100",
    most: 100,
    value: "PERCENT",
    says: "how much of a secret is hidden (default 100)",
  },
  { name: "show-secrets", kind: "switch", says: "show secrets in full, as --redact=0" },
  { name: "verify", kind: "switch", says: "ask the service what has become of its tokens, by SHA-256" },
  // A system keeps eight bits of it: 256 would pass for 0.
  { name: "exit-code", kind: "number", most: 255, value: "N", says: "exit code when there are findings (default 1)" },
  { name: "verbose", short: "v", kind: "switch", says: "show findings also when a report is written to a file" },
  {
    name: "log-level",
    short: "l",
    kind: "text",
    value: "LEVEL",
    choices: ["trace", "debug", "info", "warn", "err", "error", "fatal"],
    says: "how much is told on standard error (default info)",
  },
  { name: "no-banner", kind: "switch", says: "accepted; there is no banner", hidden: true },
  { name: "no-color", kind: "switch", says: "no colours; NO_COLOR does the same" },
  {
    name: "max-target-megabytes",
    kind: "number",
    value: "MB",
    says: "larger files are not scanned, and named (default: no limit)",
  },
  {
    name: "max-decode-depth",
    kind: "number",
    value: "N",
    says: "encodings around a secret that are peeled off (default 5)",
  },
  {
    name: "max-archive-depth",
    kind: "number",
    value: "N",
    says: "archives in archives that are opened (default 0: none)",
  },
  {
    name: "timeout",
    kind: "number",
    value: "SECONDS",
    says: "stop after this time: what was found is told, exit code 2",
  },
  { name: "diagnostics", kind: "text", value: "WHAT", says: "measure the scan: cpu, mem, or both with a comma" },
  { name: "diagnostics-dir", kind: "text", value: "FOLDER", says: "where the measurements are written (default .)" },
];

export const COMMON_FLAGS: readonly Flag[] = [
  { name: "help", short: "h", kind: "switch", says: "help for a command" },
  { name: "version", kind: "switch", says: "the version" },
];

const logOptions: Flag = {
  name: "log-opts",
  kind: "text",
  value: "OPTIONS",
  says: "which commits, in git log's words: --log-opts=main..HEAD",
};
const since: Flag = {
  name: "since-commit",
  kind: "text",
  value: "COMMIT",
  says: "only what HEAD, or --log-opts, has beyond this commit",
};
const platform: Flag = {
  name: "platform",
  kind: "text",
  value: "NAME",
  choices: ["unknown", "none", "github", "gitlab", "azuredevops", "bitbucket", "gitea"],
  says: "where the repository is hosted, for links (default: by its remote)",
};
const followSymlinks: Flag = {
  name: "follow-symlinks",
  kind: "switch",
  says: "follow symbolic links, also out of the folder",
};
const staged: Flag = { name: "staged", kind: "switch", says: "what the next commit would add" };
const preCommit: Flag = {
  name: "pre-commit",
  kind: "switch",
  says: "what is not committed: staged (with --staged only that) or changed",
};
const source: Flag = { name: "source", short: "s", kind: "text", value: "PATH", says: "what to scan (default .)" };

const allowEmpty: Flag = {
  name: "allow-empty",
  kind: "switch",
  says: "a --log-opts that holds no commit is clean, not exit code 2",
};

const allowShallow: Flag = {
  name: "allow-shallow",
  kind: "switch",
  says: "what a shallow clone lacks is told, but is no reason for exit code 2",
};

const cache: Flag = {
  name: "cache",
  kind: "switch",
  says: "remember what was scanned, in your cache folder: the next scan with the same rules reads what is new",
};

const threads: Flag = {
  name: "threads",
  kind: "number",
  value: "N",
  says: "threads to scan with, where there is much to scan (default: one a processor, at most 4)",
};

export const GIT_FLAGS: readonly Flag[] = [
  allowEmpty,
  allowShallow,
  cache,
  logOptions,
  since,
  staged,
  preCommit,
  platform,
  threads,
];
export const DIR_FLAGS: readonly Flag[] = [
  followSymlinks,
  { name: "respect-gitignore", kind: "switch", says: "leave out what git ignores and does not track" },
  threads,
];
export const DETECT_FLAGS: readonly Flag[] = [
  source,
  allowEmpty,
  allowShallow,
  logOptions,
  platform,
  followSymlinks,
  { name: "no-git", kind: "switch", says: "scan the folder, not its history" },
  { name: "pipe", kind: "switch", says: "scan standard input" },
];
export const PROTECT_FLAGS: readonly Flag[] = [source, logOptions, staged];

const named = (...names: readonly string[]) => SCAN_FLAGS.filter(({ name }) => names.includes(name));

export const RULES_FLAGS: readonly Flag[] = [
  { name: "commit", kind: "text", value: "COMMIT", says: "explain: the file as it was in this commit" },
  { name: "json", kind: "switch", says: "list: the rules as JSON" },
  {
    name: "sample",
    kind: "text",
    value: "PATH",
    says: "test: the text to count events in (default: Patrol's own program)",
  },
  ...named(
    "config",
    "enable-rule",
    "gitleaks-ignore-path",
    "baseline-path",
    "ignore-gitleaks-allow",
    "max-decode-depth",
  ),
];
export const HOOK_FLAGS: readonly Flag[] = [
  { name: "global", kind: "switch", says: "for every repository of yours" },
  {
    name: "type",
    short: "t",
    kind: "list",
    value: "TYPE",
    says: "pre-commit, pre-push or pre-receive (default: the first two; in a bare repository the last)",
  },
  { name: "no-bypass", kind: "switch", says: "run: accept no reason for letting a finding through" },
];

const reason: Flag = { name: "reason", kind: "text", value: "TEXT", says: "why it may stay" };
const owner: Flag = {
  name: "owner",
  kind: "text",
  value: "WHO",
  says: "who answers for it (default: git's user.email)",
};

export const IGNORE_FLAGS: readonly Flag[] = [
  reason,
  owner,
  { name: "until", kind: "text", value: "DAY", says: "add: the last day it holds, as 2030-12-31 (default: for good)" },
  { name: "commit", kind: "text", value: "COMMIT", says: "add: the file as it was in this commit" },
  ...named("config", "enable-rule", "strict-ignores", "max-archive-depth"),
];

export const BASELINE_FLAGS: readonly Flag[] = [reason, owner, ...named("config", "max-archive-depth")];

export const IMPORT_FLAGS: readonly Flag[] = [owner, ...named("config", "max-archive-depth")];

export const RECEIPT_FLAGS: readonly Flag[] = [
  { name: "key", kind: "text", value: "FILE", says: "the public key (PEM) that the receipt must be signed with" },
];
