import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { makeFolder } from "../disk/make-folder.ts";
import { PatrolError } from "../model/errors.ts";
import { answers, listenOn } from "./life-line.ts";

/**
 * The embedded database would be ruined by a second process, and PGlite takes no lock. Whoever uses a data folder says
 * so in `holder.<n>.json` and keeps a socket open in the folder: the kernel closes it however the process ends, so a
 * record whose socket does not answer is stale, whatever became of the process's number.
 *
 * The record with the highest `n` counts. Only who found record n stale writes n + 1, and a name can be written once,
 * so two cannot follow the same holder. The folder must lie on one machine; containers of one machine may share it.
 */
interface Holder {
  readonly pid: number;
  /** ISO 8601. */
  readonly since: string;
  /** Where its API answers; absent while a single command holds the folder. */
  readonly url?: string;
  readonly controlToken: string;
  /** File name of the socket. */
  readonly socket: string;
}

export interface HeldFolder {
  /** What `Authorization: Bearer` must hold for commands that reach the running service; new at each start. */
  readonly controlToken: string;
  /** Tells where the API answers, once it does. */
  announce(url: string): void;
  /** Gives the folder to whoever comes next. The database must be closed before. */
  release(): Promise<void>;
}

/**
 * Takes the data folder, which is created for its owner alone. If a living process has it: `data-folder-in-use`, which
 * names the process, since when it runs, and its address.
 */
export async function holdDataFolder(folder: string, options: { readonly address?: string } = {}): Promise<HeldFolder> {
  const place = resolve(folder);
  makeFolder(place, 0o700);
  chmodSync(place, 0o700);
  const socket = `holder-${randomBytes(6).toString("hex")}.sock`;
  const close = await listenOn(place, socket);
  let holder: Holder = {
    pid: process.pid,
    since: new Date().toISOString(),
    ...(options.address === undefined ? {} : { url: options.address }),
    controlToken: randomBytes(32).toString("hex"),
    socket,
  };
  try {
    const number = await follow(place, holder);
    return {
      controlToken: holder.controlToken,
      announce(url) {
        holder = { ...holder, url };
        const draft = write(place, holder);
        renameSync(draft, join(place, recordName(number)));
      },
      release: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The service that holds the folder and answers to commands, if one runs. */
export async function readHolder(
  folder: string,
): Promise<{ readonly pid: number; readonly url: string; readonly controlToken: string } | undefined> {
  const { holder } = newest(resolve(folder));
  if (holder?.url === undefined || !(await answers(resolve(folder), holder.socket))) return undefined;
  return { pid: holder.pid, url: holder.url, controlToken: holder.controlToken };
}

/** Writes the record after the newest, once that is stale; returns its number. */
async function follow(folder: string, holder: Holder): Promise<number> {
  const draft = write(folder, holder);
  try {
    for (;;) {
      const last = newest(folder);
      if (last.holder !== undefined && (await answers(folder, last.holder.socket))) throw inUse(folder, last.holder);
      const number = last.number + 1;
      try {
        linkSync(draft, join(folder, recordName(number)));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        continue;
      }
      // While this process slept, others may have come, gone and cleared the name that it then took.
      if (newest(folder).number === number) {
        clearBefore(folder, number);
        return number;
      }
      rmSync(join(folder, recordName(number)), { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

const recordName = (number: number) => `holder.${number}.json`;

function numbers(folder: string): number[] {
  const found = readdirSync(folder).map((name) => /^holder\.(\d{1,15})\.json$/.exec(name)?.[1]);
  return found.filter((text) => text !== undefined).map(Number);
}

function newest(folder: string): { readonly number: number; readonly holder?: Holder | undefined } {
  try {
    const number = Math.max(0, ...numbers(folder));
    return number === 0 ? { number } : { number, holder: read(folder, number) };
  } catch (error) {
    // No folder, or the record was cleared by the one after it between the two looks.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { number: 0 };
    throw error;
  }
}

/** A power cut may leave a record without its text: nobody's, then, since every process ended. */
function read(folder: string, number: number): Holder | undefined {
  const text = readFileSync(join(folder, recordName(number)), "utf8");
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return undefined;
  }
}

/** A record is whole or not there: it is written under another name first. */
function write(folder: string, holder: Holder): string {
  const draft = join(folder, `holder-${randomUUID()}.draft`);
  writeFileSync(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600, flag: "wx" });
  return draft;
}

function clearBefore(folder: string, number: number): void {
  for (const old of numbers(folder).filter((one) => one < number)) {
    const socket = read(folder, old)?.socket;
    if (socket !== undefined) rmSync(join(folder, socket), { force: true });
    rmSync(join(folder, recordName(old)), { force: true });
  }
}

function inUse(folder: string, holder: Holder): PatrolError {
  const who = holder.url === undefined ? "a command that is about to end" : `the service at ${holder.url}`;
  return new PatrolError(
    "data-folder-in-use",
    `The data folder ${folder} is in use by process ${holder.pid} since ${holder.since}, ${who}. ` +
      (holder.url === undefined
        ? "Try again in a moment, or choose another folder with PATROL_DATA_DIR."
        : "Commands reach the running service over its API; a second service needs a folder of its own (PATROL_DATA_DIR) or DATABASE_URL."),
  );
}
