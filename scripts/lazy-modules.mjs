import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

// A hook must be quick, and much of its time is the loading of modules that it then does not use. In the bundle for the
// command line these are loaded when one of their exports is first read.
const FUNCTIONS_ONLY = ["node:child_process", "node:crypto", "node:module", "node:os", "node:v8", "node:zlib"];
const LAZY = [...FUNCTIONS_ONLY, "node:worker_threads", "re2js"];

/** What is no plain function is read through a getter, as an importer of CommonJS does. */
const commonJsStub = (name, names) => `
let loaded;
const load = () => (loaded ??= require(${JSON.stringify(name)}));
${names.map((key) => `Object.defineProperty(exports, ${JSON.stringify(key)}, { enumerable: true, get: () => load()[${JSON.stringify(key)}] });`).join("\n")}
`;

/** Loads under the flags of V8 that the process began with: under others V8 compiles anew what Node.js brings along compiled. */
const loadAsAtTheStart = (name) => `
import { suspendV8Flags } from "./src/config/v8-flags.ts";
let loaded;
function load() {
  if (loaded !== undefined) return loaded;
  const resume = suspendV8Flags();
  try {
    return (loaded = require(${JSON.stringify(name)}));
  } finally {
    resume();
  }
}
`;

/** What sets those flags. */
const loadAsItIs = (name) => `
let loaded;
const load = () => (loaded ??= require(${JSON.stringify(name)}));
`;

/** Functions are wrapped, so that the bundler leaves out those that nobody calls. */
const functionStub = (name, names) => `
${name === "node:v8" ? loadAsItIs(name) : loadAsAtTheStart(name)}
${names.map((key) => `export const ${key} = (...args) => load().${key}(...args);`).join("\n")}
`;

export const lazyModules = {
  name: "lazy-modules",
  setup(build) {
    const filter = new RegExp(`^(?:${LAZY.join("|")})$`);
    build.onResolve({ filter }, ({ path, namespace }) =>
      namespace === "lazy" ? undefined : { path, namespace: "lazy" },
    );
    build.onLoad({ filter: /.*/, namespace: "lazy" }, async ({ path }) => {
      const module = await import(path);
      const names = Object.keys(module).filter((key) => key !== "default" && key !== "module.exports");
      const stub = FUNCTIONS_ONLY.includes(path)
        ? functionStub(
            path,
            names.filter((key) => /^[a-z]/.test(key) && typeof module[key] === "function"),
          )
        : commonJsStub(path, names);
      return { contents: stub, loader: "js", resolveDir: build.initialOptions.absWorkingDir };
    });
  },
};

/**
 * Modules of our own that another bundle holds, named by their paths from the root. What they export, classes and functions,
 * is loaded from there when it is first called.
 */
export const apart = (modules, file) => ({
  name: "apart",
  async setup(build) {
    const { absWorkingDir } = build.initialOptions;
    const { metafile } = await build.esbuild.build({
      absWorkingDir,
      entryPoints: modules,
      outbase: ".",
      outdir: ".",
      format: "esm",
      metafile: true,
      write: false,
    });
    const exportsOf = (path) => metafile.outputs[path.replace(/\.ts$/, ".js")].exports;
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const module = relative(absWorkingDir, join(resolveDir, path));
      return modules.includes(module) ? { path: module, namespace: "apart" } : undefined;
    });
    build.onLoad({ filter: /.*/, namespace: "apart" }, ({ path }) => ({
      contents: [
        'import { checkBuild } from "./src/model/build.ts";',
        "let loaded;",
        `const load = () => {
          if (loaded === undefined) checkBuild(${JSON.stringify(file)}, (loaded = require(${JSON.stringify(file)})).BUILD);
          return loaded;
        };`,
        ...exportsOf(path).map(
          (name) => `export const ${name} = function (...args) {
            return new.target ? new (load().${name})(...args) : load().${name}(...args);
          };`,
        ),
      ].join("\n"),
      resolveDir: absWorkingDir,
    }));
    build.onResolve({ filter: /\.cjs$/, namespace: "apart" }, ({ path }) => ({ path, external: true }));
  },
});

/**
 * A script that runs with kept code cannot import: V8 does not keep whose code it is. So who runs it imports for it
 * (src/cli/start/code-cache.ts) what is not in the bundle.
 */
export const importedOutside = {
  name: "imported-outside",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, "utf8").replace(/\bawait import\((?!"\.)/g, "await importOutside("),
      loader: "ts",
    }));
  },
};
