// Other scanners that are installed, over the same texts as files. What they start, read and print is counted with it, which
// is to our advantage: a bench of the whole command line against them is another matter.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROUNDS = 3;

/** The rules that its documentation begins with; installed beside it. */
const SECRETLINT_RULES = '{"rules":[{"id":"@secretlint/secretlint-rule-preset-recommend"}]}';

/** How to scan `folder`, and by which rules where the program takes ours. None of them asks an issuer anything. */
const PEERS: Readonly<Record<string, (folder: string, rules: string | undefined) => readonly string[]>> = {
  gitleaks: (folder, rules) => ["dir", folder, "--no-banner", "--exit-code", "0", ...withConfig(rules)],
  betterleaks: (folder, rules) => ["dir", folder, "--no-banner", "--exit-code", "0", ...withConfig(rules)],
  kingfisher: (folder) => ["scan", folder, "--no-validate"],
  trufflehog: (folder) => ["filesystem", folder, "--no-verification", "--no-update"],
  secretlint: (folder) => [`${folder}/**/*`, "--maskSecrets", "--secretlintrcJSON", SECRETLINT_RULES],
};

const withConfig = (rules: string | undefined) => (rules === undefined ? [] : ["--config", rules]);

/** User and system seconds of a program, by the shell's `times`; undefined when it is not there or fails. */
function childSeconds(command: string, args: readonly string[]): number | undefined {
  // The command and its arguments stand behind the script, so that the shell reads none of them.
  const script = 'command -v "$1" >/dev/null || exit 127; "$@" >/dev/null 2>&1; status=$?; times; exit $status';
  const { status, stdout } = spawnSync("sh", ["-c", script, "sh", command, ...args], { encoding: "utf8" });
  // Secretlint ends with 1 when it finds something.
  if (status !== 0 && !(command === "secretlint" && status === 1)) {
    if (status !== 127) console.log(`${command} is left out: it ended with ${status}`);
    return undefined;
  }
  // The second line is that of the children: "0m1.23s 0m0.45s".
  const parts = (stdout.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g);
  return [...parts].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** Least CPU seconds of each scanner on PATH over the texts. */
export function measurePeers(texts: readonly Buffer[], rules: string | undefined): ReadonlyMap<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "patrol-peers-"));
  const found = new Map<string, number>();
  try {
    texts.forEach((text, i) => writeFileSync(join(folder, `${i}.txt`), text));
    for (const [name, argumentsOf] of Object.entries(PEERS)) {
      for (let round = 0; round < ROUNDS; round++) {
        const seconds = childSeconds(name, argumentsOf(folder, rules));
        if (seconds === undefined) break;
        found.set(name, Math.min(seconds, found.get(name) ?? Infinity));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return found;
}
