import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import { PGlite } from "@electric-sql/pglite";
import { makeFolder } from "../disk/make-folder.ts";
import { DurableFS } from "./durable-fs.ts";
import { readTemplate, unpack } from "./template.ts";

const INT8 = 20;
const BYTEA = 17;

/** The same value types as the server's driver: `bigint` a number, `bytea` a `Buffer`. */
const parsers = { [INT8]: Number, [BYTEA]: (text: string) => Buffer.from(text.slice(2), "hex") };

/** PGlite reserves 128 MB for its buffers unless told; the tables of one machine's service fit in less. */
const SHARED = ["-c", "shared_buffers=32MB"];

/** PGlite's own parameters hold `-F`, which turns syncing off. `fsync` is the one method that Emscripten passes on. */
const DURABLE = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== "-F"),
  ...["-c", "fsync=on", "-c", "wal_sync_method=fsync"],
  ...SHARED,
];

export interface EmbeddedOptions {
  /**
   * Whether commits reach the disk before they are answered (default). Without it a killed process loses nothing, but a
   * power cut may lose or damage everything: for tests and demonstrations.
   */
  readonly durable?: boolean;
}

/** What V8 begins with in Node.js 20, roughly the bytes of WebAssembly that a function runs through before it is optimised. */
const TIERING_BUDGET = 1_800_000;

/**
 * Opening runs through much of PostgreSQL once. Node.js 20 begins to optimise it meanwhile, which takes a third of the CPU time until
 * a service answers, on the cores that it starts on. Later versions have seven times the budget by themselves.
 */
async function unhurried<T>(open: () => Promise<T>): Promise<T> {
  if (!process.versions.node.startsWith("20.")) return await open();
  setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET * 10}`);
  try {
    return await open();
  } finally {
    setFlagsFromString(`--wasm-tiering-budget=${TIERING_BUDGET}`);
  }
}

/**
 * Opens PGlite on a folder, which is created when new; without one, in memory. Nobody else may have the folder open:
 * PGlite takes no lock (`holdDataFolder` does).
 */
export async function openPGlite(folder?: string, options: EmbeddedOptions = {}): Promise<PGlite> {
  if (folder === undefined)
    return await PGlite.create({ parsers, startParams: [...PGlite.defaultStartParams, ...SHARED] });
  const durable = options.durable ?? true;
  const place = resolve(folder);
  if (!existsSync(join(place, "PG_VERSION"))) {
    makeFolder(dirname(place), 0o700);
    await unpack(await readTemplate(), place, { sync: durable });
  }
  return await unhurried(() =>
    PGlite.create({
      fs: new DurableFS(place),
      startParams: durable ? DURABLE : [...PGlite.defaultStartParams, ...SHARED],
      parsers,
    }),
  );
}
