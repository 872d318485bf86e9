/**
 * `npm run bench:history -- [--repo DIR]… [--rules TOML] [--runs N]`
 *
 * Whole histories: `patrol git` as a person starts it, in one thread, against what git needs to print the same blobs, and
 * against `git log --all -p -U0`, all to /dev/null; with two threads against one; and `patrol git --cache` after 100 commits
 * more against the first time. All of them find what earlier runs left in the cache folder for any scan. The scan alone, in
 * a process that finds nothing there, gives the memory and the same ratios without that help (`scan_…`).
 * Without --repo it is this project's own repository. Runs take turns; the medians count. The last line has the worst ratio
 * of all repositories. Histories of record are fresh clones (`git clone --bare URL`): a mirror brings pull requests along,
 * whose objects may be missing, and then git gives up and the bench says so instead of a ratio.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build as esbuild } from "esbuild";
import { lazyModules } from "../../scripts/lazy-modules.mjs";

const { values } = parseArgs({
  options: {
    repo: { type: "string", multiple: true, default: ["."] },
    rules: { type: "string", default: "" },
    runs: { type: "string", default: "3" },
  },
});
const runs = Number(values.runs);
const folder = mkdtempSync(join(tmpdir(), "patrol-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

execFileSync(process.execPath, ["scripts/build.mjs"], { stdio: "inherit" });
// As scripts/build.mjs bundles the command line: what a scan seldom needs is loaded when it does.
const bundle = resolve("dist/bench-history.cjs");
await esbuild({
  entryPoints: ["bench/history/scan.ts"],
  bundle: true,
  platform: "node",
  target: "node20",
  packages: "external",
  format: "cjs",
  outfile: bundle,
  minifyWhitespace: true,
  minifySyntax: true,
  plugins: [lazyModules],
  define: { "import.meta.url": "__bundle.url" },
  banner: { js: 'const __bundle = { get url() { return require("node:url").pathToFileURL(__filename).href; } };' },
  absWorkingDir: resolve("."),
  logLevel: "warning",
});
process.on("exit", () => rmSync(bundle, { force: true }));

interface Scan {
  readonly cpu: number;
  readonly peakMb: number;
  readonly counts: Readonly<Record<string, number>>;
}

function scan(repository: string, cache = ""): Scan {
  const rules = values.rules === "" ? "" : resolve(values.rules);
  const args = [bundle, repository, cache, rules];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Scan;
}

/** Seconds. */
interface Cost {
  readonly cpu: number;
  readonly wall: number;
}

/** What a program takes; NaN for one that gave up half-way. `input` is a file, `ends` are good exit codes. */
function costOf(input: string, ends: readonly number[], ...words: string[]): Cost {
  const file = openSync(input, "r");
  const script = 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>/dev/null';
  const command = ["-c", script, "bash", ...words];
  const { stderr, status } = spawnSync("bash", command, { encoding: "utf8", stdio: [file, "ignore", "pipe"] });
  closeSync(file);
  // As git does where objects are missing: what it took until then is no measure of the whole history.
  if (!ends.includes(status ?? -1)) return { cpu: NaN, wall: NaN };
  const [user = NaN, system = NaN, wall = NaN] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
  return { cpu: user + system, wall };
}

const git = (repository: string, input: string, ...args: string[]) =>
  costOf(input, [0], "git", "-C", repository, ...args).cpu;

/** Where compiled rules and code are kept between runs, as for any user; nothing of the histories themselves. */
const kept = join(folder, "kept");

/** What a person starts. `cacheFolder`: where `--cache` keeps what it has scanned, when it is wanted. */
function program(repository: string, threads: number, cacheFolder = ""): Cost {
  const rules = values.rules === "" ? [] : ["--config", resolve(values.rules)];
  const own = cacheFolder === "" ? [] : ["--cache"];
  const words = ["dist/patrol.cjs", "git", repository, "--threads", String(threads), ...rules, ...own];
  return costOf("/dev/null", [0, 1], "env", `XDG_CACHE_HOME=${cacheFolder || kept}`, process.execPath, ...words);
}

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const median = (numbers: readonly number[]) => sorted(numbers)[numbers.length >> 1] ?? NaN;
function show(what: string, seconds: readonly number[], more = ""): number {
  if (seconds.some(Number.isNaN)) {
    console.log(`  ${what.padEnd(34)} gave up; are objects missing? The ratio says nothing.`);
    return NaN;
  }
  const [least = NaN, ...rest] = sorted(seconds);
  const range = `${least.toFixed(2)}–${(rest.at(-1) ?? least).toFixed(2)}`;
  console.log(`  ${what.padEnd(34)} ${median(seconds).toFixed(2).padStart(7)} s  (${range}) ${more}`);
  return median(seconds);
}

/** All blobs in the order in which packs hold them: the cheapest way for git to print them. */
function listBlobs(repository: string): string {
  const options = ["--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)"];
  const listed = execFileSync("git", ["-C", repository, "cat-file", ...options], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const path = join(folder, "blobs");
  const blobs = listed.split("\n").filter((line) => line.startsWith("blob "));
  writeFileSync(path, blobs.map((line) => `${line.slice(5)}\n`).join(""));
  return path;
}

/** A copy that borrows the objects, to which commits can be added. */
function copyOf(repository: string, name: string): string {
  const copy = join(folder, name);
  execFileSync("git", ["clone", "-q", "--mirror", "--shared", resolve(repository), copy], { stdio: "ignore" });
  return copy;
}

/** So many commits, each of which adds a line to another file. */
function addCommits(repository: string, count: number): void {
  const run = (...args: string[]) => execFileSync("git", ["-C", repository, ...args], { maxBuffer: 2 ** 30 });
  const tip = run("rev-parse", "HEAD").toString().trim();
  const lines = run("ls-tree", "-r", "-l", tip).toString().split("\n");
  const files = lines.flatMap((line) => {
    const [, id = "", size = "0", path = ""] = /^100644 blob (\w+) +(\d+)\t([\w./-]+)$/.exec(line) ?? [];
    return path !== "" && Number(size) < 200_000 ? [{ id, path }] : [];
  });
  const parts: (string | Buffer)[] = [`reset refs/heads/bench\nfrom ${tip}\n`];
  for (let i = 0; i < count; i++) {
    const { id, path } = files[(i * 7919) % files.length] ?? files[0]!;
    const text = Buffer.concat([run("cat-file", "blob", id), Buffer.from(`\nline ${i}\n`)]);
    parts.push(`commit refs/heads/bench\ncommitter B <b@example.org> ${2_000_000_000 + i} +0000\ndata 6\ncommit\n`);
    parts.push(`M 100644 inline ${path}\ndata ${text.length}\n`, text, "\n");
  }
  const input = Buffer.concat(parts.map((part) => Buffer.from(part)));
  execFileSync("git", ["-C", repository, "fast-import", "--quiet"], { input });
}

/** What a process costs that has nothing to scan. */
function emptyScan(): Scan {
  const path = join(folder, "empty");
  execFileSync("git", ["init", "-q", "--bare", path]);
  return scan(path);
}

const packMb = (repository: string) => {
  const objects = execFileSync("git", ["-C", repository, "rev-parse", "--git-path", "objects/pack"], {
    encoding: "utf8",
  });
  const path = resolve(repository, objects.trim());
  return (
    readdirSync(path).reduce((sum, name) => sum + (name.endsWith(".pack") ? statSync(join(path, name)).size : 0), 0) /
    1e6
  );
};

const ratios = {
  cpu_vs_cat_file: 0,
  cpu_vs_git_log: 0,
  second_scan_vs_first: 0,
  two_workers_vs_one: Infinity,
  scan_cpu_vs_cat_file: 0,
  scan_second_vs_first: 0,
};
const counts: Record<string, number> = {
  repositories: 0,
  commits: 0,
  objects: 0,
  bytes: 0,
  candidates: 0,
  peak_mb_above_pack: 0,
};
const idle = emptyScan();

for (const repository of values.repo) {
  const blobs = listBlobs(repository);
  const ours: Scan[] = [];
  // The first runs of all compile what later ones find: with threads that is more.
  for (const threads of [1, 2]) program(repository, threads);
  const [whole, printing, logging, one, two]: [number[], number[], number[], number[], number[]] = [[], [], [], [], []];
  for (let run = 0; run < runs; run++) {
    ours.push(scan(repository));
    const alone = program(repository, 1);
    whole.push(alone.cpu);
    one.push(alone.wall);
    two.push(program(repository, 2).wall);
    printing.push(git(repository, blobs, "cat-file", "--batch", "--buffer"));
    if (run === 0) logging.push(git(repository, "/dev/null", "log", "--all", "-p", "-U0"));
  }
  const [first, second, firstWhole, secondWhole]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 0; run < Math.max(1, runs - 1); run++) {
    const copy = copyOf(repository, `copy-${counts["repositories"]}-${run}`);
    const cache = join(folder, `cache-${run}`);
    const remembered = join(folder, `remembered-${run}`);
    cpSync(kept, remembered, { recursive: true });
    first.push(scan(copy, cache).cpu);
    firstWhole.push(program(copy, 1, remembered).cpu);
    addCommits(copy, 100);
    second.push(scan(copy, cache).cpu);
    secondWhole.push(program(copy, 1, remembered).cpu);
    rmSync(remembered, { recursive: true });
    rmSync(copy, { recursive: true });
    rmSync(cache, { force: true });
  }
  const last = ours.at(-1)!;
  const peak = Math.max(...ours.map(({ peakMb }) => peakMb));
  const name =
    basename(resolve(repository)) === "repo" ? basename(dirname(resolve(repository))) : basename(resolve(repository));
  console.log(`${name}: pack ${packMb(repository).toFixed(0)} MB, ${JSON.stringify(last.counts)}, peak ${peak} MB`);
  const command = show("patrol git, CPU", whole);
  const alone = show(
    "the scan alone, CPU",
    ours.map((run) => run.cpu),
  );
  const rest = { "git cat-file --batch --buffer, CPU": printing, "git log --all -p -U0, CPU": logging };
  const [print = NaN, log = NaN] = Object.entries(rest).map(([what, seconds]) => show(what, seconds));
  const again = show("100 commits more, CPU", secondWhole) / show("patrol git --cache, CPU", firstWhole);
  const aloneAgain = show("the scan alone, 100 more", second) / show("the scan alone, first", first);
  const speedUp = show("one thread, wall", one) / show("two threads, wall", two);
  console.log(
    `  cat-file ${(command / print).toFixed(2)}× (scan alone ${(alone / print).toFixed(2)}×)  git log ${(command / log).toFixed(3)}×  second ${again.toFixed(3)}× (scan alone ${aloneAgain.toFixed(3)}×)  two threads ${speedUp.toFixed(2)}×`,
  );
  ratios.cpu_vs_cat_file = Math.max(ratios.cpu_vs_cat_file, command / print);
  ratios.cpu_vs_git_log = Math.max(ratios.cpu_vs_git_log, command / log);
  ratios.second_scan_vs_first = Math.max(ratios.second_scan_vs_first, again);
  ratios.two_workers_vs_one = Math.min(ratios.two_workers_vs_one, speedUp);
  ratios.scan_cpu_vs_cat_file = Math.max(ratios.scan_cpu_vs_cat_file, alone / print);
  ratios.scan_second_vs_first = Math.max(ratios.scan_second_vs_first, aloneAgain);
  counts["repositories"]!++;
  for (const key of ["commits", "objects", "bytes", "candidates"]) counts[key]! += last.counts[key] ?? 0;
  counts["peak_mb_above_pack"] = Math.max(counts["peak_mb_above_pack"]!, Math.round(peak - packMb(repository)));
}
console.log(`the scan of an empty repository takes ${idle.cpu.toFixed(2)} s of CPU: Node's start and the engine's`);
console.log(JSON.stringify({ bench: "history", ratios, counts }));
