import { once } from "node:events";
import { closeSync, openSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { PatrolError } from "../model/errors.ts";

/** Longest path of a socket in bytes: `sun_path` holds 108 on Linux and 104 on macOS, with a zero at the end. */
const LONGEST_PATH = 103;

/** Opens a socket in a folder that answers as long as this process lives; returns what closes it. */
export async function listenOn(folder: string, name: string): Promise<() => Promise<void>> {
  const server = createServer((connection) => connection.destroy());
  const { path, done } = reach(folder, name);
  try {
    server.listen(path);
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new PatrolError(
      "data-folder-in-use",
      `The data folder ${folder} cannot be locked (${code}): it must lie on a local file system that holds sockets. Choose another with PATROL_DATA_DIR.`,
      { cause },
    );
  } finally {
    done();
  }
  // The lock alone is no reason to keep running.
  server.unref();
  return async () => {
    if (!server.listening) return;
    server.close();
    await once(server, "close");
    rmSync(join(folder, name), { force: true });
  };
}

/** Whether the process that opened the socket lives. When in doubt it does. */
export async function answers(folder: string, name: string): Promise<boolean> {
  const { path, done } = reach(folder, name);
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code !== "ECONNREFUSED" && code !== "ENOENT";
  } finally {
    socket.destroy();
    done();
  }
}

/** A path of the socket that is short enough, by way of an open folder where the real one is not. */
function reach(folder: string, name: string): { readonly path: string; done(): void } {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= LONGEST_PATH || process.platform !== "linux") return { path, done: () => {} };
  const descriptor = openSync(folder, "r");
  return { path: `/proc/self/fd/${descriptor}/${name}`, done: () => closeSync(descriptor) };
}
