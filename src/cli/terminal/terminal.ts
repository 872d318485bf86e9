import { fstatSync, statSync, writeSync } from "node:fs";
import type { Terminal } from "../usage/command.ts";

/**
 * Whether a descriptor is a terminal. Node's own answer loads its network code first, which costs a hook several
 * milliseconds; so it is asked on Windows only. Elsewhere a character device that is not /dev/null is one.
 */
export function isTerminal(descriptor: 1 | 2): boolean {
  if (process.platform === "win32") return (descriptor === 1 ? process.stdout : process.stderr).isTTY === true;
  try {
    const info = fstatSync(descriptor);
    return info.isCharacterDevice() && info.rdev !== statSync("/dev/null").rdev;
  } catch {
    return false;
  }
}

let isLeft = false;

/** Whether no stream of Node's was left something to write, for which the process has to live on. */
export const isAllWritten = () => !isLeft;

/**
 * Writes at once. What the descriptor does not take now is left to Node's stream, and false is returned; a reader that went
 * away is no error. Nor is a standard error that takes nothing: nobody could be told, and the exit code says what was found.
 *
 * @throws Error when standard output takes nothing.
 */
export function writeOut(descriptor: 1 | 2, text: string): boolean {
  let rest: Uint8Array = Buffer.from(text, "utf8");
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") return true;
    if (code !== "EAGAIN") {
      if (descriptor === 2) return true;
      throw new Error(`cannot write to standard output: ${(error as Error).message}`, { cause: error });
    }
    const stream = descriptor === 1 ? process.stdout : process.stderr;
    stream.on("error", (failed: NodeJS.ErrnoException) => {
      if (failed.code !== "EPIPE") throw failed;
    });
    stream.write(rest);
    isLeft = true;
    return false;
  }
}

export const terminal = (): Terminal => ({
  env: process.env,
  get stdin() {
    return process.stdin;
  },
  isOutTerminal: isTerminal(1),
  isErrTerminal: isTerminal(2),
  get columns() {
    return process.stderr.columns || 80;
  },
  tell: (text) => writeOut(2, text),
});
