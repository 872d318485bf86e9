import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { test } from "vitest";

const PURE = ["src/model"];

/** Every folder and what it may import. A folder names only folders above it, so no cycle can be written. */
const MAY_IMPORT: Record<string, string[]> = {
  "src/model": [],
  // Pure: no I/O, no clock, no environment.
  "src/engine": PURE,
  "src/policy": PURE,
  "src/audit": PURE,
  "src/report": PURE,
  // Reading files that a stranger may have put there.
  "src/disk": PURE,
  // Ports, each with its adapters in sub-folders, which only app.ts picks.
  "src/tokens": [...PURE, "src/engine"],
  "src/sources": [...PURE, "src/disk"],
  "src/queue": PURE,
  "src/mail": PURE,
  "src/db": [...PURE, "src/disk", "src/audit"],
  // Use-cases: know ports, never adapters.
  "src/pat": [...PURE, "src/tokens", "src/audit", "src/mail", "src/db"],
  "src/pipeline": [
    ...PURE,
    "src/engine",
    "src/policy",
    "src/audit",
    "src/tokens",
    "src/sources",
    "src/queue",
    "src/mail",
    "src/db",
  ],
  "src/tokens/built-in": [...PURE, "src/tokens", "src/db"],
  "src/sources/git": [...PURE, "src/disk", "src/sources", "src/engine"],
  "src/sources/files": [...PURE, "src/disk", "src/sources", "src/engine"],
  "src/sources/github": [...PURE, "src/sources"],
  "src/queue/embedded": [...PURE, "src/queue"],
  "src/queue/bullmq": [...PURE, "src/queue"],
  "src/mail/smtp": [...PURE, "src/mail"],
  "src/mail/mailbox": [...PURE, "src/mail", "src/db"],
  "src/config": [...PURE, "src/disk", "src/engine"],
  "src/app.ts": ["*"],
  // Edges: parse, call one function, render.
  "src/ui": [...PURE],
  "src/http": [
    ...PURE,
    "src/config",
    "src/queue",
    "src/tokens",
    "src/pat",
    "src/pipeline",
    "src/audit",
    "src/db",
    "src/ui",
    "src/app.ts",
  ],
  worker: [
    ...PURE,
    "src/config",
    "src/queue",
    "src/tokens",
    "src/pat",
    "src/pipeline",
    "src/db",
    "src/mail",
    "src/app.ts",
  ],
  // A small GitHub for `patrol demo` and the tests.
  "src/github-stand-in": [],
  "src/cli": ["*"],
};
const folders = Object.keys(MAY_IMPORT);

const homeOf = (file: string) =>
  folders.filter((folder) => file === folder || file.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length)[0] ??
  "nowhere";

const allowed = (from: string, to: string) =>
  from === to ||
  (folders.indexOf(to) < folders.indexOf(from) && ["*", to].some((name) => MAY_IMPORT[from]?.includes(name)));

const filesIn = (root: string) =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !path.includes("core/assembly/"))
    .map((path) => `${root}/${path}`);

const files = ["src", "worker"].filter((root) => existsSync(root)).flatMap(filesIn);

test("there is code to check", () => {
  assert.ok(files.length > 10);
});

test("every file imports only from layers below its own", () => {
  const broken: string[] = [];
  for (const file of files) {
    for (const [, path = ""] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
      const [from, to] = [homeOf(file), homeOf(join(dirname(file), path))];
      if (!allowed(from, to)) broken.push(`${file}: ${from} may not import ${to}`);
    }
  }
  assert.deepEqual(broken, []);
});

test("no file needs itself to be loaded, by whatever way", () => {
  // Types are gone when files are loaded, and what is imported on demand is loaded later.
  const needed = new Map(
    files.map((file) => [
      file,
      [...readFileSync(file, "utf8").matchAll(/^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gm)].map(
        ([, path = ""]) => join(dirname(file), path),
      ),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (done.has(file) || way.includes(file)) return;
    for (const next of needed.get(file) ?? []) follow(next, [...way, file]);
    done.add(file);
  };
  for (const file of files) follow(file, []);
  assert.deepEqual(circles, []);
});
