// Builds dist/ from src/: one bundle for the command line, one for the service. Skips what is newer than its sources.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

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

async function bundle() {
  const { build: esbuild } = await import("esbuild");
  const common = {
    bundle: true,
    platform: "node",
    target: "node20",
    packages: "external",
    sourcemap: true,
    logLevel: "warning",
    absWorkingDir: root,
  };
  await esbuild({
    ...common,
    entryPoints: ["src/cli/main.ts"],
    format: "cjs",
    outfile: "dist/patrol.cjs",
    banner: { js: "#!/usr/bin/env node" },
    external: ["./service.mjs"],
  });
  await esbuild({ ...common, entryPoints: ["src/cli/service.ts"], format: "esm", outfile: "dist/service.mjs" });
}

export async function build() {
  mkdirSync(dist, { recursive: true });
  const sources = newest(["src", "worker", "rules", "scripts", "package-lock.json"].map((name) => join(root, name)));
  const built = join(dist, "service.mjs");
  if (!existsSync(built) || statSync(built).mtimeMs < sources) await bundle();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await build();
