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

const IMPORTS = /(?:from|import\()\s*"(\.[^"]+)"/g;
const IMPORTS_OF_VALUES = /^(?:import|export) (?!type )[^;]*?from "(\.[^"]+)"/gm;

/** What a file names in imports of this kind. */
const namedIn = (file: string, imports: RegExp) =>
  [...readFileSync(file, "utf8").matchAll(imports)].map(([, path = ""]) => join(dirname(file), path));

test("there is code to check", () => {
  assert.ok(files.length > 10);
});

test("every file imports only from layers below its own", () => {
  const broken: string[] = [];
  for (const file of files) {
    for (const other of namedIn(file, IMPORTS)) {
      const [from, to] = [homeOf(file), homeOf(other)];
      if (!allowed(from, to)) broken.push(`${file}: ${from} may not import ${to}`);
    }
  }
  assert.deepEqual(broken, []);
});

/** Every way from something back to itself, once. */
function circlesIn(needed: ReadonlyMap<string, Iterable<string>>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const follow = (name: string, way: readonly string[]): void => {
    if (way.includes(name)) circles.push([...way.slice(way.indexOf(name)), name].join(" → "));
    if (done.has(name) || way.includes(name)) return;
    for (const next of needed.get(name) ?? []) follow(next, [...way, name]);
    done.add(name);
  };
  for (const name of needed.keys()) follow(name, []);
  return circles;
}

test("no file needs itself to be loaded, by whatever way", () => {
  // Types are gone when files are loaded, and what is imported on demand is loaded later.
  assert.deepEqual(circlesIn(new Map(files.map((file) => [file, namedIn(file, IMPORTS_OF_VALUES)]))), []);
});

test("no folder within a part knows itself by way of its neighbours", () => {
  for (const part of ["src/cli", "src/sources/git"]) {
    // A part's rooms: its folders, and the files beside them.
    const roomOf = (file: string) => `${part}/${file.slice(part.length + 1).split("/")[0] ?? ""}`;
    const known = new Map<string, Set<string>>();
    for (const file of files.filter((name) => name.startsWith(`${part}/`))) {
      const room = known.get(roomOf(file)) ?? new Set();
      const others = namedIn(file, IMPORTS).filter((name) => name.startsWith(`${part}/`));
      for (const other of others.map(roomOf)) if (other !== roomOf(file)) room.add(other);
      known.set(roomOf(file), room);
    }
    assert.deepEqual(circlesIn(known), []);
  }
});
