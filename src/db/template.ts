import fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { PGlite } from "@electric-sql/pglite";
import { Kysely } from "kysely";
import { syncFolder } from "./durable-fs.ts";
import { Embedded } from "./embedded.ts";
import { migrate } from "./migrate.ts";
import { PGliteDialect } from "./pglite-dialect.ts";
import type { Tables } from "./tables.ts";

/**
 * A new embedded database is a copy. `initdb` in WebAssembly takes four seconds, and the migrations wait for the disk once a
 * table and index; unpacking what both made when Patrol was built takes a tenth of a second. An archive is gzip over one line
 * of JSON, the entries, and then the files' bytes.
 */
type Entry = { readonly path: string; readonly mode: number; readonly size: number | "folder" };

/** Runs `initdb` and the migrations, shuts the database down cleanly, and packs its folder. */
export async function makeTemplate(migrations: string): Promise<Buffer> {
  const folder = fs.mkdtempSync(join(tmpdir(), "patrol-template-"));
  try {
    const open = () => PGlite.create({ dataDir: folder });
    const db = new Kysely<Tables>({ dialect: new PGliteDialect(new Embedded(await open(), open)) });
    await migrate(db, migrations).finally(() => db.destroy());
    return pack(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

export function pack(folder: string): Buffer {
  const entries: Entry[] = [];
  const contents: Buffer[] = [];
  for (const path of fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    const stat = fs.statSync(join(folder, path));
    // The process that wrote the template is not the one that opens a copy.
    if (path === "postmaster.pid") continue;
    entries.push({ path, mode: stat.mode & 0o777, size: stat.isDirectory() ? "folder" : stat.size });
    if (stat.isFile()) contents.push(fs.readFileSync(join(folder, path)));
  }
  return gzipSync(Buffer.concat([Buffer.from(`${JSON.stringify(entries)}\n`), ...contents]), { level: 6 });
}

/**
 * Unpacks an archive as `folder`, which must not exist. A power cut leaves all of it or none: the copy is made beside
 * it, synced, and named last.
 */
export async function unpack(archive: Buffer, folder: string, options: { readonly sync: boolean }): Promise<void> {
  const raw = gunzipSync(archive);
  const end = raw.indexOf("\n");
  const entries = JSON.parse(raw.toString("utf8", 0, end)) as Entry[];
  const copy = join(dirname(folder), `.${basename(folder)}.new`);
  fs.rmSync(copy, { recursive: true, force: true });
  fs.mkdirSync(copy, { mode: 0o700 });
  let offset = end + 1;
  for (const { path, mode, size } of entries) {
    if (size === "folder") {
      fs.mkdirSync(join(copy, path), { mode });
      continue;
    }
    const file = fs.openSync(join(copy, path), "wx", mode);
    fs.writeSync(file, raw, offset, size);
    fs.closeSync(file);
    offset += size;
  }
  // Many at once share the disk's work: one after the other takes ten times as long.
  const paths = [copy, ...entries.map(({ path }) => join(copy, path))];
  const syncNext = async () => {
    for (let path = paths.pop(); path !== undefined; path = paths.pop()) await sync(path);
  };
  if (options.sync) await Promise.all(Array.from({ length: 32 }, syncNext));
  fs.renameSync(copy, folder);
  if (options.sync) syncFolder(dirname(folder));
}

async function sync(path: string): Promise<void> {
  const descriptor = fs.openSync(path, "r");
  try {
    await new Promise<void>((resolve, reject) => fs.fsync(descriptor, (error) => (error ? reject(error) : resolve())));
  } finally {
    fs.closeSync(descriptor);
  }
}

const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the build leaves the template, seen from the bundle and from the sources. */
const BUILT = ["./embedded.gz", "../../dist/embedded.gz"].map(beside);

/** The template of the build; made on the spot where there is no build. */
export async function readTemplate(): Promise<Buffer> {
  const built = BUILT.find((path) => fs.existsSync(path));
  return built === undefined ? await makeTemplate(beside("./migrations")) : fs.readFileSync(built);
}
