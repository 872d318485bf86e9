import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchRule } from "../support/corpus.ts";

const ROUNDS = 2;

/** A 32-bit length before each text, as the programs that we compare with read them. */
export const framed = (texts: readonly Buffer[]): Buffer =>
  Buffer.concat(texts.flatMap((text) => [Buffer.from(Uint32Array.of(text.length).buffer), text]));

/**
 * CPU seconds that gitleaks' core, rebuilt in Go (gitleaks-core.go), needs for the texts with the same rules; undefined
 * where no Go compiler is on PATH.
 */
export function measureGitleaksCore(texts: readonly Buffer[], rules: readonly BenchRule[]): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), "patrol-bench-"));
  try {
    const program = join(folder, "gitleaks-core");
    try {
      const env = { ...process.env, GOFLAGS: "", GO111MODULE: "off", GOCACHE: join(folder, "cache") };
      execFileSync("go", ["build", "-o", program, "bench/engine/gitleaks-core.go"], { stdio: "pipe", env });
    } catch {
      return undefined;
    }
    const [rulesAt, corpusAt] = [join(folder, "rules.json"), join(folder, "corpus")];
    writeFileSync(rulesAt, JSON.stringify(rules.map(({ pattern, keywords = [] }) => ({ pattern, keywords }))));
    writeFileSync(corpusAt, framed(texts));
    const answer = execFileSync(program, [rulesAt, corpusAt, String(ROUNDS)], { encoding: "utf8" });
    const { seconds, matches, refused } = JSON.parse(answer) as Record<"seconds" | "matches" | "refused", number>;
    console.log(`gitleaks' core, rebuilt: ${matches} matches in its sample, ${refused} patterns refused`);
    return seconds;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
