import { mask } from "../engine/mask.ts";
import { scan } from "../engine/scan.ts";
import { PatrolError } from "../model/errors.ts";
import { printable } from "../report/printable.ts";
import type { Run } from "./usage/command.ts";
import { loadConfiguration } from "./configuration.ts";
import { gather, ignoreRoot } from "./gather.ts";
import { fragmentAt } from "./place/place-bytes.ts";
import { readPlace } from "./place/place.ts";
import { runGit } from "./place/repository.ts";
import { subcommand } from "./rules.ts";
import { withoutShadowed } from "./suppress/generic.ts";
import { contentOf, IGNORE_FILE, openIgnoreBook } from "./suppress/ignore-book.ts";
import { ignoreLine, isDay, isExpired, today, type IgnoreEntry } from "./suppress/ignore-entry.ts";
import { ignoreDigest } from "./suppress/ignore-key.ts";
import { changeIgnoreFile, writingKey } from "./suppress/ignore-write.ts";

const told = (lines: readonly string[]) => lines.map((line) => `${printable(line)}\n`).join("");

/** Who answers for an entry: `--owner`, else the address that git signs commits with. */
export const ownerOf = (given: string | undefined) => given ?? (runGit(".", ["config", "user.email"]) || undefined);

const add: Run = async (args, terminal) => {
  const place = readPlace(args.positionals[1], 'patrol ignore add src/test.js:12 --reason "test data"');
  const reason = args.text("reason")?.trim();
  if (!reason) throw new PatrolError("usage-invalid", '--reason is missing: why may this secret stay? --reason "…"');
  const until = args.text("until");
  if (until !== undefined && (!isDay(until) || until < today()))
    throw new PatrolError(
      "usage-invalid",
      `--until is the last day it holds, as 2030-12-31 and not gone by; not ${until}`,
    );
  const folder = ignoreRoot();
  const fragment = fragmentAt(place, args.text("commit"));
  const { rulebook } = await loadConfiguration(
    { config: args.text("config"), enabled: args.list("enable-rule"), target: folder },
    terminal.env,
  );
  if (mask(reason, rulebook) !== reason) throw new PatrolError("usage-invalid", "--reason holds a secret itself");
  const here = withoutShadowed(scan(fragment, rulebook)).filter(
    ({ span, rule }) => rule.pattern === "" || (span.startLine <= place.line && span.endLine >= place.line),
  );
  if (here.length === 0)
    throw new PatrolError(
      "usage-invalid",
      `nothing is found at ${args.positionals[1]}; \`patrol rules explain ${args.positionals[1]}\` says why`,
    );
  const key = writingKey(folder, terminal.env);
  const owner = ownerOf(args.text("owner"));
  const entries = here.map((candidate): IgnoreEntry => ({
    digest: ignoreDigest(contentOf(candidate, fragment.provenance.path ?? ""), key),
    rule: candidate.rule.id,
    ...(until !== undefined && { until }),
    ...(owner !== undefined && { owner }),
    reason,
  }));
  const written = changeIgnoreFile(folder, IGNORE_FILE, (known) => [...known, ...entries]);
  return { exitStatus: 0, stdout: told(entries.map(ignoreLine)), stderr: told(written) };
};

const list: Run = (args, terminal) => {
  const day = today();
  const book = openIgnoreBook([ignoreRoot()], terminal.env);
  const lines = book.entries.map((entry) => {
    const state = isExpired(entry, day) ? "expired" : "holds";
    const until = entry.until === undefined ? "for good" : `until ${entry.until}`;
    const owner = entry.owner === undefined ? "nobody" : entry.owner;
    return `${entry.file}:${entry.line}  ${state}  ${entry.rule}  ${until}  ${owner}  ${entry.reason}`;
  });
  const faults = book.faults(false);
  const stderr = told(faults.filter(({ kind }) => kind !== "expired").map(({ says }) => says));
  return { exitStatus: args.has("strict-ignores") && faults.length > 0 ? 2 : 0, stdout: told(lines), stderr };
};

const prune: Run = async (args, terminal) => {
  const folder = ignoreRoot();
  const day = today();
  const book = openIgnoreBook([folder], terminal.env);
  for (const finding of await gather(args, terminal)) book.suppressor(finding);
  const gone = book.entries.filter((entry) => isExpired(entry, day) || !book.isUsed(entry));
  if (gone.length === 0) return { exitStatus: 0, stdout: "", stderr: "every entry holds and is used\n" };
  const lines = new Set(gone.map(ignoreLine));
  const files = new Set(gone.map(({ file }) => file.split(/[\\/]/).at(-1) ?? IGNORE_FILE));
  for (const name of files)
    changeIgnoreFile(folder, name, (known) => known.filter((entry) => !lines.has(ignoreLine(entry))));
  const says = gone.map((entry) => `${isExpired(entry, day) ? "expired" : "unused"}: ${ignoreLine(entry)}`);
  return { exitStatus: 0, stdout: told(says), stderr: `${gone.length} taken out of ${[...files].join(" and ")}\n` };
};

/** `patrol ignore add | list | prune`. */
export const ignore: Run = async (args, terminal) =>
  await (
    await subcommand("ignore", args.positionals[0], {
      add: () => Promise.resolve(add),
      list: () => Promise.resolve(list),
      prune: () => Promise.resolve(prune),
    })
  )(args, terminal);
