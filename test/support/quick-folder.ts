import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
/** More than a run holds. */
const ROOM = 4 * 1024 ** 3;

/**
 * Where a run keeps its folders. Tests make files by the hundred thousand, and to make one in memory takes a thirtieth of the CPU
 * time that it takes on a disk: so in memory, where there is plenty and programs may run from it. Whoever sets `TMPDIR` decides.
 */
export function quickFolder(): string {
  return process.env["TMPDIR"] || !hasRoom() || !runsPrograms() ? tmpdir() : MEMORY;
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return Math.min(bavail * bsize, process.availableMemory()) > ROOM;
  } catch {
    return false;
  }
}

/** Containers often have it mounted so that nothing in it can be run, and hooks lie in the folders of tests. */
function runsPrograms(): boolean {
  try {
    const folder = mkdtempSync(join(MEMORY, "patrol-try-"));
    try {
      const program = join(folder, "program");
      writeFileSync(program, "#!/bin/sh\nexit 7\n", { mode: 0o755 });
      return spawnSync(program).status === 7;
    } finally {
      rmSync(folder, { recursive: true });
    }
  } catch {
    return false;
  }
}
