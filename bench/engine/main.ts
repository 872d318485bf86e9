// Our whole engine, to exact spans, against Hyperscan's raw scan (end offsets only) of the same patterns over the same texts.
// CPU time, rounds in turn, after one that does not count; the ratio is the median of the rounds' and is told with the lowest and
// the highest. A round goes through the texts until it has 64 MB. Needs cc and libhyperscan's headers for that key; leaves it
// out otherwise.
// Gitleaks' core, rebuilt in Go, goes through some of the texts, since it takes so long; needs Go's compiler. Other scanners are
// run over the same texts as files where they are on PATH.
// Usage: npm run bench:engine -- [--rules gitleaks.toml] [FOLDER...]
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Training } from "../../src/engine/compile/training.ts";
import { AT_LEISURE, compileRules, type CompilableRule } from "../../src/engine/compile/compile-rules.ts";
import { Core, PADDING } from "../../src/engine/core/core.ts";
import { coreBinaries } from "../../src/config/engine-files.ts";
import { framed, measureGitleaksCore } from "./gitleaks-core.ts";
import { measurePeers } from "./peers.ts";
import { startTimes } from "./start-times.ts";
import { cpuSeconds, loadCorpus, loadRules, readArguments } from "../support/corpus.ts";

const ROUNDS = 9;
const MAX_BYTES = 40e6;
/** A small corpus is gone through so often in a round that both sides have something to do. */
const LEAST_ROUND_BYTES = 64e6;
/** Of the texts, evenly picked, for what needs a second for some megabytes. */
const SAMPLE_BYTES = 6e6;

const { rules: file, folders } = readArguments(process.argv.slice(2));
const rules = loadRules(file);
const texts = loadCorpus(folders, MAX_BYTES);
const corpusBytes = texts.reduce((sum, { length }) => sum + length, 0);
const passes = Math.max(1, Math.ceil(LEAST_ROUND_BYTES / corpusBytes));
const bytes = corpusBytes * passes;
console.log(`${(corpusBytes / 1e6).toFixed(1)} MB in ${texts.length} texts, ${passes} times a round`);

const training = Training.decode(readFileSync("src/engine/compile/training.bin"));
const began = cpuSeconds();
const { image, refused } = compileRules(rules, training, AT_LEISURE);
console.log(`${rules.length} rules compiled in ${(cpuSeconds() - began).toFixed(2)} CPU s, ${refused.length} refused`);
const core = new Core(coreBinaries());
core.load(
  image,
  rules.map(({ pattern }) => pattern),
);
const places = place(core, texts);

/** Everything is copied in beforehand: reading files is another bench's matter. */
function place(into: Core, from: readonly Buffer[]): { at: number; length: number }[] {
  const size = from.reduce((sum, { length }) => sum + length + 2 * PADDING, 0);
  let at = into.reserve(size + PADDING) + PADDING;
  const memory = new Uint8Array(into.memory.buffer);
  return from.map((text) => {
    memory.set(text, at);
    const placed = { at, length: text.length };
    at += text.length + 2 * PADDING - 1;
    return placed;
  });
}

let matches = 0;
function scanAll(these = places): number {
  const start = cpuSeconds();
  matches = 0;
  for (let pass = 0; pass < passes; pass++) for (const { at, length } of these) matches += core.scan(at, length);
  return cpuSeconds() - start;
}

function copyAll(): number {
  const target = Buffer.alloc(Math.max(...texts.map(({ length }) => length)), 1);
  const start = cpuSeconds();
  for (let i = 0; i < passes; i++) for (const text of texts) text.copy(target);
  return cpuSeconds() - start;
}

interface Hyperscan {
  round(): Promise<{ seconds: number; events: number; patterns: number; refused: number; compile: number }>;
  stop(): Promise<void>;
}

function startHyperscan(of: readonly CompilableRule[]): Hyperscan | undefined {
  const folder = mkdtempSync(join(tmpdir(), "patrol-bench-"));
  const program = join(folder, "hyperscan");
  try {
    execFileSync("cc", ["-O3", "-o", program, "bench/engine/hyperscan.c", "-lhs"], { stdio: "pipe" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  writeFileSync(join(folder, "patterns"), of.map(({ pattern }) => pattern).join("\n"));
  writeFileSync(join(folder, "corpus"), framed(texts));
  const child = spawn(program, [join(folder, "patterns"), join(folder, "corpus"), String(ROUNDS + 1), String(passes)], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async round() {
      child.stdin.write("\n");
      return JSON.parse((await lines.next()).value as string) as Awaited<ReturnType<Hyperscan["round"]>>;
    },
    async stop() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
      rmSync(folder, { recursive: true });
    },
  };
}

const hyperscan = startHyperscan(rules);
if (hyperscan === undefined) console.log("rate_vs_hyperscan is left out: cc or libhyperscan-dev is missing");
const ours: number[] = [];
const theirs: number[] = [];
const compiles: number[] = [];
let events = 0;
for (let round = -1; round < ROUNDS; round++) {
  const own = scanAll();
  const answer = await hyperscan?.round();
  // V8 makes the core fast while it first runs.
  if (round < 0) continue;
  ours.push(own);
  if (answer === undefined) continue;
  theirs.push(answer.seconds);
  events = answer.events;
  compiles.push(answer.compile);
  if (round === 0) console.log(`Hyperscan took ${answer.patterns} patterns and refused ${answer.refused}`);
}
await hyperscan?.stop();
const { cold, warm } = startTimes(file);
const seconds = (value: number) => `${value.toFixed(value < 0.1 ? 3 : 2)} CPU s`;
console.log(
  `ready to scan with ${rules.length} rules for the first time in ${seconds(cold)}, later in ${seconds(warm)}`,
);
const theirCompile = Math.min(...compiles);
if (compiles.length > 0) console.log(`Hyperscan compiles them in ${seconds(theirCompile)}`);
const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[values.length >> 1]!;
const copy = copyAll();
const rate = (seconds: number) => `${(bytes / 1e6 / seconds).toFixed(0)} MB a CPU second`;
const rates = (rounds: readonly number[]) =>
  `${rate(median(rounds))} (${rate(Math.max(...rounds))} to ${rate(Math.min(...rounds))})`;
console.log(`ours ${rates(ours)}; memcpy ${rate(copy)}`);
const times = sorted(theirs.map((seconds, round) => seconds / ours[round]!));
if (theirs.length > 0) {
  console.log(`Hyperscan ${rates(theirs)}`);
  console.log(`${median(times).toFixed(2)} times its rate (${times[0]!.toFixed(2)} to ${times.at(-1)!.toFixed(2)})`);
}
const stride = Math.ceil(corpusBytes / SAMPLE_BYTES);
const isSampled = (_: unknown, i: number) => i % stride === 0;
const goSeconds = measureGitleaksCore(texts.filter(isSampled), rules);
const sampled = places.filter(isSampled);
const ownOfSample = Math.min(...Array.from({ length: ROUNDS }, () => scanAll(sampled))) / passes;
const vsGitleaksCore = goSeconds === undefined ? undefined : goSeconds / ownOfSample;
if (vsGitleaksCore === undefined) console.log("rate_vs_gitleaks_core is left out: Go's compiler is missing");
else console.log(`${vsGitleaksCore.toFixed(0)} times the rate of gitleaks' core, rebuilt`);
// They go through the corpus once.
const peers = new Map([...measurePeers(texts, file)].map(([name, seconds]) => [name, seconds * passes]));
for (const [name, seconds] of peers) console.log(`${name}, the whole program over files: ${rate(seconds)}`);
if (peers.size === 0) console.log("no other scanner is on PATH");
const round2 = (value: number) => Math.round(value * 100) / 100;
const ratios = {
  ...(theirs.length > 0 && { rate_vs_hyperscan: round2(median(times)) }),
  ...(vsGitleaksCore !== undefined && { rate_vs_gitleaks_core: round2(vsGitleaksCore) }),
  ...Object.fromEntries([...peers].map(([name, seconds]) => [`rate_vs_${name}`, round2(seconds / median(ours))])),
  rate_vs_memcpy: round2(copy / median(ours)),
  ...(compiles.length > 0 && { compile_cpu_vs_hyperscan: round2(cold / theirCompile) }),
  warm_vs_cold_start: Math.round((warm / cold) * 1000) / 1000,
};
console.log(
  JSON.stringify({
    bench: "engine",
    ratios,
    counts: { bytes: corpusBytes, passes, rules: rules.length, matches, events },
  }),
);
