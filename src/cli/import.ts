import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { whyOf } from "../disk/why.ts";
import { MOST_REPORT_BYTES, readNamed } from "../disk/named-file.ts";
import { isLimit, readRegular } from "../disk/regular-file.ts";
import { mask } from "../engine/mask.ts";
import { PatrolError } from "../model/errors.ts";
import { printable } from "../report/printable.ts";
import { nearest } from "./usage/arguments.ts";
import type { Run } from "./usage/command.ts";
import { counted } from "./terminal/look.ts";
import { loadConfiguration } from "./configuration.ts";
import { gather, ignoreRoot } from "./gather.ts";
import { ownerOf } from "./ignore.ts";
import { claimedBy, together, type Carried, type Claim } from "./import/carried.ts";
import { allowlistsText, configurationText } from "./import/configuration-text.ts";
import { fromDetectSecrets } from "./import/detect-secrets.ts";
import { fromGgshield } from "./import/ggshield.ts";
import { fromGitleaks } from "./import/gitleaks.ts";
import { fromSecretlint } from "./import/secretlint.ts";
import { fromTrufflehog } from "./import/trufflehog.ts";
import { entriesFor } from "./suppress/known-entries.ts";
import { IGNORE_FILE } from "./suppress/ignore-book.ts";
import { changeIgnoreFile, replaceFile, writingKey } from "./suppress/ignore-write.ts";

interface Tool {
  /** The files it is known to leave in a repository's top folder. */
  readonly files: readonly string[];
  readonly read: (name: string, text: string, ourRules: ReadonlySet<string>) => Carried | Promise<Carried>;
}

const TOOLS: Readonly<Record<string, Tool>> = {
  gitleaks: {
    files: [".gitleaks.toml", ".gitleaksignore", ".betterleaks.toml", ".betterleaksignore"],
    read: fromGitleaks,
  },
  "detect-secrets": { files: [".secrets.baseline"], read: fromDetectSecrets },
  trufflehog: { files: [], read: fromTrufflehog },
  ggshield: { files: [".gitguardian.yaml", ".gitguardian.yml"], read: fromGgshield },
  secretlint: {
    files: [
      ".secretlintrc",
      ".secretlintrc.json",
      ".secretlintrc.yml",
      ".secretlintrc.yaml",
      ".secretlintrc.js",
      ".secretlintignore",
    ],
    read: fromSecretlint,
  },
};

function toolOf(name: string | undefined): Tool {
  const tool = name !== undefined && Object.hasOwn(TOOLS, name) ? TOOLS[name] : undefined;
  if (tool) return tool;
  const meant = name === undefined ? undefined : nearest(name, Object.keys(TOOLS));
  throw new PatrolError(
    "usage-invalid",
    name === undefined
      ? `which tool's files? patrol import ${Object.keys(TOOLS).join("|")} [FILE...]`
      : `there is no import from ${name}; ${meant ? `did you mean ${meant}?` : `known are ${Object.keys(TOOLS).join(", ")}`}`,
  );
}

/** @param isNamed by a person, who may name a pipe. */
function textOf(path: string, isNamed: boolean): string {
  if (isNamed) return readNamed(path, { by: "patrol import", mostBytes: MOST_REPORT_BYTES }).toString("utf8");
  try {
    return readRegular(path, true, MOST_REPORT_BYTES).toString("utf8");
  } catch (error) {
    if (isLimit(error)) throw error;
    throw new PatrolError("usage-invalid", `patrol import: cannot read ${path}: ${whyOf(error)}`, { cause: error });
  }
}

/**
 * `patrol import TOOL [FILE...]`: what another tool's files leave out, as entries and allowlists of ours. Entries that
 * tell of a secret are matched with what is found here now. Writes nothing unless all could be read.
 */
export const importFrom: Run = async (args, terminal) => {
  const [name = "", ...given] = args.positionals;
  const tool = toolOf(args.positionals[0]);
  const root = ignoreRoot();
  const files =
    given.length > 0 ? given : tool.files.map((file) => join(root, file)).filter((path) => existsSync(path));
  if (files.length === 0)
    throw new PatrolError(
      "usage-invalid",
      `nothing of ${name} lies in ${root}; name its files: patrol import ${name} ${tool.files[0] ?? "exclude.txt"}`,
    );
  const choice = { config: args.text("config"), enabled: [], target: root };
  const { rulebook } = await loadConfiguration(choice, terminal.env);
  const ourRules = new Set(rulebook.rules.map(({ id }) => id));
  const parts: Carried[] = [];
  for (const path of files) parts.push(await tool.read(basename(path), textOf(path, given.length > 0), ourRules));
  const carried = together(parts);

  const found = carried.claims.length > 0 ? await gather(args, terminal) : [];
  const claimed = carried.claims.map((claim) => ({ claim, findings: claimedBy(claim, found) }));
  const claimOf = new Map(claimed.flatMap(({ claim, findings }) => findings.map((one) => [one, claim] as const)));
  const lost = claimed.filter(({ findings }) => findings.length === 0).map(({ claim }) => claim);
  const whyLost = (claim: Claim) =>
    found.some(claim.tellsOf)
      ? "it hides its secret, and may tell of several"
      : "nothing is found now that it tells of";
  const allowlists = allowlistsText(carried, name);
  const ours = join(root, ".patrol.toml");
  const isNew = !existsSync(ours);
  const extended = [".betterleaks.toml", ".gitleaks.toml"].find((file) => existsSync(join(root, file)));

  // All is known; only now something is written.
  const written: string[] = [];
  if (claimOf.size > 0) {
    const key = writingKey(root, terminal.env);
    const reasonOf = (claim: Claim | undefined) => mask(claim?.reason ?? "", rulebook);
    const entries = entriesFor([...claimOf.keys()], key, ownerOf(args.text("owner")), (one) =>
      reasonOf(claimOf.get(one)),
    );
    written.push(...changeIgnoreFile(root, IGNORE_FILE, (known) => [...known, ...entries]));
  }
  if (allowlists !== "" && isNew) {
    replaceFile(ours, configurationText(allowlists, extended));
    written.push(`${ours} is written`);
  }

  const count = carried.paths.length + carried.secrets.length + carried.lines.length;
  const says = [
    ...claimed.filter(({ findings }) => findings.length > 0).map(({ claim }) => `carried over: ${claim.what}`),
    ...(count > 0 && isNew ? [`carried over: ${counted(count, "pattern")}, as allowlists of ${ours}`] : []),
    ...carried.stays.map((text) => `stays: ${text}`),
    ...lost.map((claim) => `not carried over: ${claim.what}: ${whyLost(claim)}`),
    ...carried.left.map((text) => `not carried over: ${text}`),
    ...(count > 0 && !isNew
      ? [`not carried over: ${counted(count, "pattern")}, since ${ours} is there; add to it:\n${allowlists}`]
      : []),
  ];
  const line = (text: string) => `${mask(text, rulebook).split("\n").map(printable).join("\n")}\n`;
  return { exitStatus: 0, stdout: says.map(line).join(""), stderr: written.map(line).join("") };
};
