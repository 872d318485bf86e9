import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, onTestFinished, TestRunner } from "vitest";

import { type Database, openEmbedded, openPostgres } from "../../src/db/database.ts";
import { unpack } from "../../src/db/template.ts";
import { runOn, urlOf } from "./postgres-template.ts";
import { equipment } from "./servers.ts";

export interface FreshDatabase {
  readonly db: Database;
  /** For other processes, and for `openPostgres`. */
  readonly url: string;
  close(): Promise<void>;
}

/** An own, migrated, empty database on the run's PostgreSQL. `empty` leaves the migrations out. */
export async function freshDatabase(options: { readonly empty?: boolean } = {}): Promise<FreshDatabase> {
  const server = await equipment("postgres");
  const name = `patrol_${randomBytes(6).toString("hex")}`;
  const template = options.empty ? "template0" : "patrol_template";
  await runOn(server, `create database ${name} template ${template}`);
  const url = urlOf(server, name);
  const db = openPostgres(url);
  return {
    db,
    url,
    async close() {
      await db.destroy();
      await runOn(server, `drop database if exists ${name} with (force)`);
    },
  };
}

/** An own, migrated, empty embedded database, deleted when closed. `empty` leaves the migrations out. */
export async function freshEmbedded(
  options: { readonly empty?: boolean } = {},
): Promise<{ db: Database; close(): Promise<void> }> {
  if (options.empty) {
    const db = await openEmbedded();
    await sql`drop schema public cascade`.execute(db);
    await sql`create schema public`.execute(db);
    return { db, close: () => db.destroy() };
  }
  const folder = mkdtempSync(join(tmpdir(), "patrol-embedded-"));
  await unpack(readFileSync(await equipment("embedded")), join(folder, "database"), { sync: false });
  const db = await openEmbedded(join(folder, "database"), { durable: false });
  return {
    db,
    async close() {
      await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A temporary folder that is deleted after the test that asks for it, or else with all others after the run: where several
 * tests run at a time, nobody knows which one asks.
 */
export function temporaryFolder(name = "patrol-"): string {
  const folder = mkdtempSync(join(tmpdir(), name));
  const test = TestRunner.getCurrentTest();
  if (test !== undefined && test.concurrent !== true)
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/**
 * Declares one suite twice: on PostgreSQL and on the embedded database. The database is opened once a suite, migrated
 * and empty, and `db()` gives it inside tests and hooks.
 */
export function describeOnBothDatabases(name: string, suite: (db: () => Database) => void): void {
  for (const [kind, open] of [
    ["PostgreSQL", freshDatabase],
    ["PGlite", freshEmbedded],
  ] as const) {
    describe(`${name} (${kind})`, () => {
      let opened: { db: Database; close(): Promise<void> } | undefined;
      beforeAll(async () => {
        opened = await open();
      });
      afterAll(() => opened?.close());
      suite(() => {
        if (!opened) throw new Error("The database is there in hooks and tests only.");
        return opened.db;
      });
    });
  }
}
