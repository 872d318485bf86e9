// Builds dist/ from src/: WebAssembly, the compiled rules, one bundle for the command line and one for the service. Skips
// what is newer than its sources.
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { apart, importedOutside, lazyModules } from "./lazy-modules.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** The newest modification time below the given files and folders, in milliseconds. */
function newest(paths) {
  let latest = 0;
  for (const path of paths) {
    if (!existsSync(path)) continue;
    const info = statSync(path);
    latest = Math.max(latest, info.mtimeMs);
    if (info.isDirectory()) latest = Math.max(latest, newest(readdirSync(path).map((name) => join(path, name))));
  }
  return latest;
}

/** What a first look seldom needs: packs, git itself, the matching that the core leaves to JavaScript, and to keep its code. */
const SELDOM = ["objects/object-store", "objects/cat-file", "stage/stage-by-git", "ask-git"].map(
  (name) => `src/sources/git/${name}.ts`,
);
const KEEPING = ["src/config/keep-file.ts"];
const NEVER = ["src/engine/core/confirm.ts"];

/** Stands in the bundles until the digest of all of them is known, which takes its place. */
const NO_BUILD = "b".repeat(64);
/** The command line's bundles, but for the programs that it starts by their addresses. */
const PROGRAM = ["patrol.cjs", "command-line.cjs", "glance.cjs", "seldom.cjs", "kept-thread.cjs"];
export const THREADS = ["sieve-worker", "history-worker"];
/** What ends in the build's name: who starts it looks there. Parts of the service have their digests for names, which it holds. */
const STARTED = [...THREADS.map((name) => `${name}.cjs`), "kept-thread.cjs", "service.mjs"];
/** What decides how a configuration is read and compiled, and how a first look goes by what was compiled. */
const DECIDING = [...new Set([...PROGRAM, ...STARTED]), "rules.jsonl", "rules.img", "look.wasm"];

/**
 * Marks the bundles, so that those of two builds refuse each other (src/model/build.ts), and that what one build keeps for a first
 * look no other build takes (src/config/look-file.ts).
 */
function stampBuild() {
  const hash = createHash("sha256");
  for (const name of DECIDING) hash.update(readFileSync(join(dist, name)));
  const build = hash.digest("hex");
  for (const name of PROGRAM) {
    const path = join(dist, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(NO_BUILD, build));
  }
  for (const name of STARTED) appendFileSync(join(dist, name), `//${build}`);
}

/** Characters of a stamp; src/model/stamp.ts compares them. */
const STAMP_BYTES = 32;

/** Files below a folder, or the file itself, in order. */
function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)));
}

/** A hash of what a file in dist/ is made from. */
function stampFor(inputs, how) {
  const hash = createHash("sha256").update(JSON.stringify(how));
  for (const input of inputs) {
    for (const path of filesBelow(join(root, input))) {
      const bytes = readFileSync(path);
      hash.update(`\0${relative(root, path).replaceAll("\\", "/")}\0${bytes.length}\0`).update(bytes);
    }
  }
  return hash.digest("hex").slice(0, STAMP_BYTES);
}

/** Of each compiled file what it must end in, so that the program refuses those of another build. */
function stamps() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const { version } = packages["node_modules/assemblyscript"];
  return Object.fromEntries([
    ...WEBASSEMBLY.map(({ folder, with: further, file, ...how }) => {
      const inputs = [folder, ...(further ? [dirname(further)] : [])];
      return [file, stampFor(inputs, { ...how, FLAGS, version })];
    }),
    ["rules.img", stampFor(IMAGE_INPUTS, {})],
  ]);
}

/** The same as src/model/stamp.ts has it: a string, as esbuild gives objects modules of their own. */
export const stampsText = () =>
  JSON.stringify(
    Object.entries(stamps())
      .map(([file, stamp]) => `${file}:${stamp}`)
      .join(),
  );

/** Whether a file in dist/ was made from what there is now. */
function isStamped(file, stamp) {
  const path = join(dist, file);
  return existsSync(path) && readFileSync(path).toString("latin1").endsWith(stamp);
}

/** Puts a finished file into dist/ at once, as a test may read it meanwhile. */
function put(file, ...parts) {
  const path = join(dist, file);
  writeFileSync(`${path}.new`, Buffer.concat(parts));
  renameSync(`${path}.new`, path);
}

const NO_DIGEST = `/*${"0".repeat(64)}*/`;

/** A bundle as src/cli/start/code-cache.ts runs it. */
const wrapped = (begin = "") => ({
  banner: { js: `${NO_DIGEST}\n(function(exports,require,module,__filename,__dirname,importOutside){${begin}` },
  footer: { js: "})" },
});

/** Puts the SHA-256 of such a bundle into its first line. */
function stamp(file) {
  const text = readFileSync(join(dist, file), "utf8").slice(NO_DIGEST.length);
  // Who runs it reads it as such: that is a tenth of the time.
  if (/[^\x00-\x7f]/.test(text)) throw new Error(`dist/${file} holds characters that are none of ASCII's`);
  const digest = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(dist, file), `/*${digest}*/${text}`);
}

async function bundle() {
  const { dependencies, version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { build: esbuild } = await import("esbuild");
  const common = {
    bundle: true,
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
    absWorkingDir: root,
    define: { PATROL_STAMPS: stampsText() },
  };
  const commandLine = {
    ...common,
    format: "cjs",
    // At each start V8 takes in the code that it kept, and all names that are in it: short ones make a tenth less of it.
    minify: true,
    plugins: [lazyModules],
    // A bundle of this format has no import.meta; modules use its URL to find what lies beside the bundle.
    define: {
      ...common.define,
      "import.meta.url": "__bundle.url",
      PATROL_VERSION: JSON.stringify(version),
      PATROL_BUILD: JSON.stringify(NO_BUILD),
    },
  };
  // Few ask, and to make it takes a millisecond.
  const url = 'const __bundle = { get url() { return require("node:url").pathToFileURL(__filename).href; } };';
  // The first look and all else are apart: a hook that finds nothing reads the first only.
  const quick = {
    ...commandLine,
    plugins: [apart([...SELDOM, ...KEEPING, ...NEVER], "./seldom.cjs"), lazyModules],
    // The URL is never asked for, as __dirname is known.
    define: { ...commandLine.define, "import.meta.url": "undefined", IN_DIST: "true" },
  };
  await esbuild({
    ...quick,
    entryPoints: ["src/cli/main.ts"],
    outfile: "dist/patrol.cjs",
    // Where a script names its map Node reads more of its own code, at each start.
    sourcemap: "external",
    banner: { js: "#!/usr/bin/env node" },
  });
  chmodSync(join(dist, "patrol.cjs"), 0o755);
  await esbuild({ ...quick, ...wrapped(), entryPoints: ["src/cli/start/glance.ts"], outfile: "dist/glance.cjs" });
  await esbuild({
    ...commandLine,
    stdin: {
      contents: [...SELDOM, ...KEEPING, "src/model/build.ts"].map((path) => `export * from "./${path}";`).join("\n"),
      resolveDir: root,
    },
    outfile: "dist/seldom.cjs",
    banner: { js: url },
  });
  await esbuild({
    ...commandLine,
    ...wrapped(url),
    plugins: [importedOutside, lazyModules],
    entryPoints: ["src/cli/command-line.ts"],
    outfile: "dist/command-line.cjs",
    external: ["./service.mjs"],
  });
  // V8 has lost whose code it is where it was kept: such an import fails, and only from the second run on. Those in the texts
  // that start a worker from source are none of the bundle's.
  if (/(?<![\w$.`])import\((?!\$\{)/.test(readFileSync(join(dist, "command-line.cjs"), "utf8")))
    throw new Error(
      "dist/command-line.cjs: packages are imported on demand by `await import(` in src/, and not otherwise",
    );
  // Threads have to be ready soon, as the command line has.
  for (const name of THREADS) {
    await esbuild({
      ...commandLine,
      entryPoints: [`src/cli/${name}.ts`],
      outfile: `dist/${name}.cjs`,
      banner: { js: url },
    });
  }
  await esbuild({ ...quick, entryPoints: ["src/cli/kept-thread.ts"], outfile: "dist/kept-thread.cjs" });
  for (const name of readdirSync(dist)) if (/^part-.*\.mjs/.test(name)) rmSync(join(dist, name), { force: true });
  await esbuild({
    ...common,
    entryPoints: ["src/cli/service.ts"],
    format: "esm",
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    // What is imported on demand stays in a file of its own: without Redis, its client is never read.
    splitting: true,
    chunkNames: "part-[hash]",
    // Packages of many small modules are read faster as one; those with data files, CommonJS or workers stay as they are.
    packages: "bundle",
    external: Object.keys(dependencies).filter(
      (name) => !["kysely", "hono", "@hono/node-server", "zod"].includes(name),
    ),
  });
  await writeRules();
  stampBuild();
  stamp("glance.cjs");
  stamp("command-line.cjs");
}

/** The built-in rules as JSON, so that the command line loads neither YAML nor its checker to have them. */
async function writeRules() {
  const { build: esbuild } = await import("esbuild");
  const outfile = join(dist, "make-rules.mjs");
  const entryPoints = [join(root, "src/config/rulebook.ts")];
  await esbuild({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
  const { builtInRules, rulesToShip } = await import(pathToFileURL(outfile).href);
  const stamp = stamps()["rules.img"];
  put("rules.jsonl", Buffer.from(rulesToShip(builtInRules(), stamp)));
  rmSync(outfile);
}

/**
 * Folders of AssemblyScript, and what each becomes in dist/. The scan core and the git core share a memory, so the static
 * data of the scan core stand in the last KiB of the first page, clear of the git core's.
 */
const SCAN_CORE = ["--memoryBase", "64512", "--uncheckedBehavior", "always", "--use", "abort="];
const WEBASSEMBLY = [
  { folder: "src/sources/git/core/assembly", file: "git-core.wasm", features: "simd,bulk-memory" },
  { folder: "src/engine/core/assembly", file: "core-strict.wasm", features: "simd,bulk-memory", more: SCAN_CORE },
  // For the first look at what is staged: the scan core, and of the git core what inflates.
  {
    folder: "src/engine/core/assembly",
    with: "src/sources/git/core/assembly/inflate.ts",
    file: "look.wasm",
    features: "simd,bulk-memory",
    more: SCAN_CORE,
  },
  {
    folder: "src/engine/core/assembly",
    file: "core-relaxed.wasm",
    features: "simd,relaxed-simd,bulk-memory",
    more: SCAN_CORE,
  },
];

const FLAGS = ["--importMemory", "--runtime", "stub", "--noAssert", "-O3"];

/** A custom section of WebAssembly, called `patrol`, that ends in the stamp: nothing stands behind it. */
function stampSection(stamp) {
  const content = Buffer.from(`\x06patrol${stamp}`, "latin1");
  return Buffer.concat([Buffer.from([0, content.length]), content]);
}

/** Compiles AssemblyScript whose sources are others than those of what dist/ has. */
async function compileWebAssembly() {
  const wanted = stamps();
  for (const { folder, with: further, file, features, more = [] } of WEBASSEMBLY) {
    if (isStamped(file, wanted[file])) continue;
    const { default: asc } = await import("assemblyscript/asc");
    const flags = [...FLAGS, "--enable", features, ...more];
    const entries = [`${folder}/index.ts`, ...(further ? [further] : [])];
    const fresh = `dist/fresh-${file}`;
    const { error, stderr } = await asc.main([...entries, "--baseDir", root, "-o", fresh, ...flags]);
    if (error) throw new Error(`${folder} does not compile: ${stderr}`);
    put(file, readFileSync(join(root, fresh)), stampSection(wanted[file]));
    rmSync(join(root, fresh));
  }
}

const IMAGE_INPUTS = ["rules", "src/engine/compile", "src/engine/regex", "src/config/rule-file.ts"];

/** Compiles the built-in rules to the image that a scan starts with. */
async function bakeRules() {
  const stamp = stamps()["rules.img"];
  if (isStamped("rules.img", stamp)) return;
  copyFileSync(join(root, "src/engine/compile/training.bin"), join(dist, "training.bin"));
  const { build: esbuild } = await import("esbuild");
  await esbuild({
    entryPoints: ["src/config/bake.ts"],
    bundle: true,
    platform: "node",
    target: "node20",
    packages: "external",
    format: "esm",
    outfile: "dist/bake.mjs",
    logLevel: "warning",
    absWorkingDir: root,
  });
  const { bake } = await import(`${pathToFileURL(join(dist, "bake.mjs")).href}?${Date.now()}`);
  put("rules.img", bake(), Buffer.from(stamp, "latin1"));
}

/** Runs `initdb` and the migrations once, so that a new embedded database is a copy; again when PGlite or they are others. */
async function makeDatabaseTemplate() {
  const built = join(dist, "embedded.gz");
  const migrations = join(root, "src/db/migrations");
  const inputs = ["node_modules/@electric-sql/pglite/package.json", "src/db/template.ts", "src/db/migrations"];
  if (existsSync(built) && statSync(built).mtimeMs >= newest(inputs.map((name) => join(root, name)))) return;
  const { build: esbuild } = await import("esbuild");
  const outfile = join(dist, "make-template.mjs");
  const entryPoints = [join(root, "src/db/template.ts")];
  await esbuild({ entryPoints, outfile, bundle: true, platform: "node", format: "esm", packages: "external" });
  const { makeTemplate } = await import(pathToFileURL(outfile).href);
  // A test or a service that starts meanwhile must find a whole one.
  writeFileSync(`${built}.new`, await makeTemplate(migrations));
  renameSync(`${built}.new`, built);
  rmSync(outfile);
}

/** What the tests need as well: WebAssembly, compiled rules and the database's template, but no bundles. */
export async function buildEngine() {
  mkdirSync(dist, { recursive: true });
  await compileWebAssembly();
  await bakeRules();
  await makeDatabaseTemplate();
}

/** One of each kind of bundle. */
const BUNDLES = ["command-line.cjs", "glance.cjs"];

/** Whether a bundle would take the compiled files that are there. */
function carriesStamps(file) {
  const text = existsSync(join(dist, file)) ? readFileSync(join(dist, file), "utf8") : "";
  return Object.values(stamps()).every((stamp) => text.includes(stamp));
}

export async function build() {
  await buildEngine();
  const sources = newest(["src", "worker", "rules", "scripts", "package-lock.json"].map((name) => join(root, name)));
  const built = join(dist, "service.mjs");
  const isFresh = existsSync(built) && statSync(built).mtimeMs >= sources;
  if (!isFresh || !BUNDLES.every(carriesStamps)) await bundle();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await build();
