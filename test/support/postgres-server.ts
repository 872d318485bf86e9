import { execFile } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { findOrInstall, missing, unprivileged } from "./programs.ts";
import { startWarden } from "./warden.ts";

const run = promisify(execFile);

export interface PostgresServer {
  /** A superuser's URL of the database `postgres`. */
  readonly url: string;
  /** Ends the server as a crash would (`pg_ctl -m immediate`). */
  crash(): Promise<void>;
  /** Starts it again on the same port with the same data. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Nobody needs the data of a test run after a crash of the machine, so nothing waits for the disk. Commits are written
 * before they are acknowledged all the same, because tests crash the server and expect them back.
 */
const SETTINGS = ["fsync=off", "full_page_writes=off", "max_connections=200"];

/**
 * Starts a PostgreSQL server of Debian's on a free port with its data in a temporary folder, as an unprivileged user
 * when we are root. Where none can be had, `DATABASE_URL` stands in, and `crash` and `restart` are refused.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const tools = findOrInstall("postgres");
  if (tools === undefined) return standIn(process.env["DATABASE_URL"]);
  const user = unprivileged();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "patrol-postgres-")));
  chmodSync(folder, 0o700);
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const warden = startWarden(folder);
  // Settings of whoever runs the tests (PGHOST, PGOPTIONS, LANG) must not reach the server.
  const as = { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder, LC_ALL: "C" }, ...user };
  const initdb = [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "trust",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
    "--no-instructions",
  ];
  await run(join(tools, "initdb"), initdb, as);

  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const options = [`port=${port}`, "listen_addresses=127.0.0.1", `unix_socket_directories=${folder}`, ...SETTINGS]
    .map((setting) => `-c ${setting}`)
    .join(" ");
  const control = (...args: string[]) => run(join(tools, "pg_ctl"), ["-D", data, "-w", ...args], as);
  const start = async () => {
    await control("-l", join(folder, "log"), "-o", options, "start");
    warden.watch(await whoServes(url, data));
  };
  await start();
  return {
    url,
    crash: async () => void (await control("-m", "immediate", "stop")),
    restart: start,
    async stop() {
      await control("-m", "immediate", "stop").catch(() => {});
      await warden.dismiss();
    },
  };
}

/** The server's process, after proof that the one that answers is the one we started: its data lie in our folder. */
async function whoServes(url: string, data: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(
      "select current_setting('data_directory') as folder, split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as pid",
    );
    if (rows[0].folder !== data)
      throw new Error(`The server at ${url} keeps its data in ${rows[0].folder}, not ${data}.`);
    return rows[0].pid;
  } finally {
    await client.end();
  }
}

function standIn(url: string | undefined): PostgresServer {
  if (url === undefined || url === "") throw new Error(missing("postgres"));
  const refuse = () => Promise.reject(new Error("The server of DATABASE_URL is not ours to stop."));
  return { url, crash: refuse, restart: refuse, stop: async () => {} };
}
