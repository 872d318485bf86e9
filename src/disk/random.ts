// Random bytes that need not be kept secret for longer than a process runs.
import { randomBytes as byNode } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const DEVICE = "/dev/urandom";
/** Its number in Linux: another file may stand in its place. */
const DEVICE_NUMBER = 0x109;

function byDevice(count: number): Buffer | undefined {
  try {
    const file = openSync(DEVICE, "r");
    try {
      const { rdev } = fstatSync(file);
      const bytes = Buffer.alloc(count);
      return rdev === DEVICE_NUMBER && readSync(file, bytes, 0, count, null) === count ? bytes : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** From the system itself where that is certain to give them: Node's cryptography takes five milliseconds to load. */
export const randomBytes = (count: number): Buffer =>
  (process.platform === "linux" ? byDevice(count) : undefined) ?? byNode(count);
