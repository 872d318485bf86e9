import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { beforeAll, test } from "vitest";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { findOrInstall, missing } from "../../support/programs.ts";

/** The full path of a shell. */
const paths = { zsh: "", fish: "" };
type Shell = keyof typeof paths;

beforeAll(() => {
  for (const shell of Object.keys(paths) as Shell[]) paths[shell] = findOrInstall(shell) ?? assert.fail(missing(shell));
}, 300_000);

/** Writes the completion script for `shell` and gives its path. */
async function script({ folder, patrol, write }: Workplace, shell: Shell): Promise<string> {
  write({ completion: (await patrol(["completion", shell])).stdout, "notes.txt": "" });
  return join(folder, "completion");
}

function output({ folder }: Workplace, shell: Shell, args: readonly string[]): string {
  const env = { PATH: process.env["PATH"], HOME: folder, TERM: "dumb", LANG: "C.UTF-8" };
  const { status, stdout, stderr } = spawnSync(paths[shell], args, { cwd: folder, env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.equal(stderr, "");
  return stdout;
}

const FLAGS = ["--report-path", "--report-format", "--report-template"];

test(
  "an interactive zsh completes commands with their summaries, flags, their values and paths",
  inWorkplace(async (place) => {
    const typed = ["patrol d", "patrol git --rep", "patrol git --report-format=s", "patrol dir not"];
    const driver = resolve("test/support/zsh-complete.zsh");
    const shown = output(place, "zsh", ["-f", driver, await script(place, "zsh"), ...typed]).split("---end---");
    const [commands = "", flags = "", values = "", files = ""] = shown;
    assert.match(commands, /dir +-- scan files and folders/);
    assert.doesNotMatch(commands, /stdin +--/);
    for (const flag of FLAGS) assert.match(flags, new RegExp(`${flag} +-- `));
    assert.match(values, /--report-format=sarif/);
    assert.match(files, /patrol dir notes\.txt/);
  }),
);

test(
  "fish completes commands with their summaries, flags and their values",
  inWorkplace(async (place) => {
    const file = await script(place, "fish");
    const candidates = (line: string) =>
      output(place, "fish", ["--no-config", "-c", "source $argv[1]; complete -C $argv[2]", file, line])
        .trim()
        .split("\n")
        .map((each) => each.split("\t"));
    assert.ok(candidates("patrol d").some(([name, says]) => name === "dir" && /scan files/.test(says ?? "")));
    assert.deepEqual(
      candidates("patrol git --rep")
        .map(([name]) => name)
        .sort(),
      [...FLAGS].sort(),
    );
    assert.deepEqual(
      candidates("patrol git --report-format s").map(([name]) => name),
      ["sarif"],
    );
  }),
);

/** PowerShell's tokens, as far as they can hide where a list or block ends: a string's text, or a bracket. */
function powershellTokens(text: string): string[] {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(/'(?:[^']|'')*'|"[^"]*"|#.*|[()[\]{}]|'|"/g))
    if (!token.startsWith("#")) tokens.push(token);
  return tokens;
}

test(
  "the script for PowerShell has every flag with what it says, and all of its quotes and brackets close",
  inWorkplace(async ({ patrol }) => {
    const { stdout } = await patrol(["completion", "powershell"]);
    assert.equal((await patrol(["completion", "pwsh"])).stdout, stdout);
    // Windows PowerShell reads a file without a mark in the system's own encoding, and other quotes as quotes.
    assert.match(stdout, /^[\n -~]+$/);
    const open: string[] = [];
    const closing: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
    for (const token of powershellTokens(stdout)) {
      assert.ok(token.length !== 1 || !/['"]/.test(token), "a quote that does not close");
      if ("([{".includes(token)) open.push(token);
      else if (closing[token]) assert.equal(open.pop(), closing[token]);
    }
    assert.deepEqual(open, []);
    const git = /^ {4}'git' = @\(\n([^]*?)^ {4}\)/m.exec(stdout)?.[1] ?? "";
    const help = (await patrol(["help", "git"])).stdout;
    const flags = [...help.matchAll(/^ .*?(--[a-z-]+)/gm)].map(([, flag]) => flag);
    assert.ok(flags.length > 20);
    for (const flag of flags) assert.ok(git.includes(`,@('${flag}', 'ParameterName', '`), flag);
    assert.match(stdout, /'--report-format' = @\('json', 'csv'/);
    assert.match(stdout, /,@\('rules', 'ParameterValue', 'list the rules/);
  }),
);
