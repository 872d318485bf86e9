// Where the current folder, or one above it, has a name that is no UTF-8. Node.js gives its path with U+FFFD in the place of some bytes,
// which names another folder or none; Linux has a name for an open folder that Node.js can tell.
import { constants, openSync, readlinkSync, statSync } from "node:fs";
import { PatrolError } from "../../model/errors.ts";

/** What stands for bytes that are no UTF-8. */
const LOST = "\uFFFD";

let other: { readonly name: string; readonly shown: string } | undefined;

/** Whether the current folder goes by another name than its own, which the next run does not know it by. */
export const isNamedAnew = (): boolean => other !== undefined;

function currentPath(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new PatrolError("source-unreadable", "the current folder was removed; run Patrol in one that is there", {
      cause,
    });
  }
}

/**
 * Has this process call the current folder by a path that leads there.
 *
 * @throws PatrolError `source-unreadable` where there is none.
 */
export function nameCurrentFolder(): void {
  const path = currentPath();
  if (other !== undefined || !path.includes(LOST)) return;
  // A name may hold U+FFFD itself.
  const [here, there] = [statSync("."), statSync(path, { throwIfNoEntry: false })];
  if (there?.ino === here.ino && there.dev === here.dev) return;
  try {
    const bytes = readlinkSync("/proc/self/cwd", { encoding: "buffer" });
    // What lies behind the last name that is no UTF-8 can be told as it is.
    const names = bytes.toString("latin1").split("/");
    const asText = (some: readonly string[]) => Buffer.from(some.join("/"), "latin1").toString("utf8");
    let end = names.length;
    while (end > 0 && !asText(names.slice(end - 1)).includes(LOST)) end--;
    const folder = openSync(
      Buffer.from(names.slice(0, end).join("/"), "latin1"),
      constants.O_RDONLY | constants.O_DIRECTORY,
    );
    const name = `/proc/${process.pid}/fd/${folder}`;
    const current = [name, ...names.slice(end).map((part) => asText([part]))].join("/");
    other = { name, shown: asText(names.slice(0, end)) };
    process.cwd = () => current;
  } catch (cause) {
    throw new PatrolError(
      "source-unreadable",
      `the current folder is ${path}, whose name is no UTF-8, so that no file can be found by it; rename it, or scan a clone of it`,
      { cause },
    );
  }
}

/** A text with the current folder's name as far as it can be shown. */
export const withShownFolder = (text: string): string =>
  other === undefined ? text : text.replaceAll(other.name, other.shown);

/** What to say where a search upwards found nothing: it ends at that name. */
export const ifSearchEnds = (): string =>
  other === undefined ? "" : `; what lies above ${other.shown} is not seen from below it, since its name is no UTF-8`;

/** What to say of a path that is not there: such a name does not reach Node.js. */
export const ifNameIsLost = (path: string): string =>
  path.includes(LOST) ? "; a name that is no UTF-8 does not reach Patrol: run it in that folder" : "";
