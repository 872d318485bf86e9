import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "vitest";

const documents = ["README.md", "CONTRIBUTING.md", ...readdirSync("docs").map((name) => join("docs", name))].filter(
  (name) => name.endsWith(".md"),
);

test("every file that a document links to is there", () => {
  const missing: string[] = [];
  for (const document of documents) {
    for (const [, target = ""] of readFileSync(document, "utf8").matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(dirname(document), target))) missing.push(`${document}: ${target}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("the README's tree names every folder of src", () => {
  const readme = readFileSync("README.md", "utf8");
  const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    folders.filter(({ name }) => !readme.includes(`src/${name}/`)).map(({ name }) => name),
    [],
  );
});

test("docs/dependencies.md tells of every dependency, and of no other; versions are exact", () => {
  const told = readFileSync("docs/dependencies.md", "utf8");
  type Versions = Readonly<Record<string, string>>;
  const { dependencies, devDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    dependencies: Versions;
    devDependencies: Versions;
  };
  const all = { ...dependencies, ...devDependencies };
  const lines = told.split("\n").filter((line) => line.startsWith("- "));
  const named = lines.flatMap((line) =>
    [...(/^- ([^:]*):/.exec(line)?.[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(named.sort(), Object.keys(all).sort());
  for (const [name, version] of Object.entries(all)) assert.match(version, /^(?:npm:typescript@)?\d+\.\d+\.\d+/, name);
});
