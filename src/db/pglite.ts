import { PGlite } from "@electric-sql/pglite";

const INT8 = 20;
const BYTEA = 17;

/** Opens PGlite with the same value types as the server's driver: `bigint` a number, `bytea` a `Buffer`. */
export async function openPGlite(folder?: string): Promise<PGlite> {
  return await PGlite.create({
    ...(folder === undefined ? {} : { dataDir: folder }),
    parsers: { [INT8]: Number, [BYTEA]: (text: string) => Buffer.from(text.slice(2), "hex") },
  });
}
