// Builds what is handed out: `node scripts/package.mjs [FOLDER]`, the folder being dist/standalone unless named.
//
//   patrol-VERSION.tgz   the npm package
//   patrol               one file with Node.js in it, for machines without Node.js; the command line without the service
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build, stampsText, THREADS } from "./build.mjs";
import { lazyModules } from "./lazy-modules.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");
/** Node.js looks for this note in its own binary; postject flips the mark that says whether there is one. */
const SENTINEL = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

async function bundleStandalone(folder) {
  const { build: esbuild } = await import("esbuild");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const common = {
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "warning",
    absWorkingDir: root,
    plugins: [lazyModules],
    // Such a program can load nothing but Node's own modules.
    supported: { "dynamic-import": false },
    external: ["./service.mjs", "./service.ts"],
    banner: { js: 'const __bundleUrl = require("node:url").pathToFileURL(__filename).href;' },
    define: {
      "import.meta.url": "__bundleUrl",
      PATROL_VERSION: JSON.stringify(version),
      PATROL_STAMPS: stampsText(),
    },
  };
  await esbuild({ ...common, entryPoints: ["src/cli/standalone/main.ts"], outfile: join(folder, "standalone.cjs") });
  for (const name of THREADS) {
    await esbuild({
      ...common,
      entryPoints: [`src/cli/standalone/${name}.ts`],
      outfile: join(folder, `standalone-${name}.cjs`),
      // The code is evaluated as a string: there is no file.
      banner: { js: 'const __bundleUrl = "file:///patrol";' },
    });
  }
}

/** The binary of this machine's kind, from the Node.js that runs this. */
export async function makeStandalone(folder) {
  mkdirSync(folder, { recursive: true });
  await bundleStandalone(folder);
  const built = [
    "core-relaxed.wasm",
    "core-strict.wasm",
    "git-core.wasm",
    "look.wasm",
    "rules.img",
    "rules.jsonl",
    "training.bin",
  ];
  const threads = THREADS.map((name) => `standalone-${name}.cjs`);
  const config = {
    main: join(folder, "standalone.cjs"),
    output: join(folder, "patrol.blob"),
    disableExperimentalSEAWarning: true,
    assets: {
      ...Object.fromEntries(built.map((name) => [name, join(dist, name)])),
      "patrol.yaml": join(root, "rules/patrol.yaml"),
      "libarchive.wasm": join(root, "node_modules/libarchive-wasm/dist/libarchive.wasm"),
      ...Object.fromEntries(threads.map((name) => [name, join(folder, name)])),
    },
  };
  writeFileSync(join(folder, "patrol.json"), JSON.stringify(config));
  execFileSync(process.execPath, ["--experimental-sea-config", join(folder, "patrol.json")], { stdio: "ignore" });
  const program = join(folder, process.platform === "win32" ? "patrol.exe" : "patrol");
  rmSync(program, { force: true });
  copyFileSync(process.execPath, program);
  chmodSync(program, 0o755);
  const isMac = process.platform === "darwin";
  if (isMac) execFileSync("codesign", ["--remove-signature", program]);
  // As a process of its own, since it warns of sections that are Node's business.
  const postject = createRequire(import.meta.url).resolve("postject/dist/cli.js");
  const machO = isMac ? ["--macho-segment-name", "NODE_SEA"] : [];
  const words = [postject, program, "NODE_SEA_BLOB", config.output, "--sentinel-fuse", SENTINEL, ...machO];
  execFileSync(process.execPath, words, { stdio: "ignore" });
  if (isMac) execFileSync("codesign", ["--sign", "-", program]);
  for (const name of ["standalone.cjs", ...threads, "patrol.blob", "patrol.json"]) rmSync(join(folder, name));
  return program;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const folder = resolve(process.argv[2] ?? join(dist, "standalone"));
  mkdirSync(folder, { recursive: true });
  await build();
  // Under Windows npm is no program but a script, which `npm run package` names.
  const npm = process.env["npm_execpath"];
  const [command, words] = npm ? [process.execPath, [npm]] : ["npm", []];
  execFileSync(command, [...words, "pack", "--ignore-scripts", "--pack-destination", folder, "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  console.log(await makeStandalone(folder));
}
