// Programs of threads and the service's, which lie in dist/ beside the bundle that starts them.
import { closeSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BUILD, ofAnotherBuild } from "../model/build.ts";
import { PatrolError } from "../model/errors.ts";
import { openRegular } from "./regular-file.ts";

/** The file's address. @throws PatrolError `source-unreadable` where it does not end in the name of this build. */
export function bundleBeside(url: URL): URL {
  if (BUILD === undefined) return url;
  const path = fileURLToPath(url);
  const { file, size } = openRegular(path);
  try {
    const tail = Buffer.alloc(BUILD.length);
    readSync(file, tail, 0, tail.length, Math.max(0, size - tail.length));
    if (tail.toString("latin1") !== BUILD) throw new PatrolError("source-unreadable", ofAnotherBuild(path));
    return url;
  } finally {
    closeSync(file);
  }
}
