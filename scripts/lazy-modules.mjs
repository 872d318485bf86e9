// A hook must be quick, and much of its time is the loading of modules that it then does not use. In the bundle for the
// command line these are loaded when one of their exports is first read.
const LAZY = ["node:child_process", "node:crypto", "node:worker_threads", "re2js"];

const stub = (name, names) => `
let loaded;
const load = () => (loaded ??= require(${JSON.stringify(name)}));
${names.map((key) => `Object.defineProperty(exports, ${JSON.stringify(key)}, { enumerable: true, get: () => load()[${JSON.stringify(key)}] });`).join("\n")}
`;

export const lazyModules = {
  name: "lazy-modules",
  setup(build) {
    const filter = new RegExp(`^(?:${LAZY.join("|")})$`);
    build.onResolve({ filter }, ({ path, namespace }) =>
      namespace === "lazy" ? undefined : { path, namespace: "lazy" },
    );
    build.onLoad({ filter: /.*/, namespace: "lazy" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((key) => key !== "default" && key !== "module.exports");
      return { contents: stub(path, names), loader: "js", resolveDir: build.initialOptions.absWorkingDir };
    });
  },
};
