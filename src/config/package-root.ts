import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PatrolError } from "../model/errors.ts";

/** In the bundle for the command line, which is CommonJS, there is no `import.meta.url`. */
const here = () => (typeof __dirname === "string" ? __dirname : dirname(fileURLToPath(import.meta.url)));

let root: string | undefined;

/** The folder that holds Patrol's package.json, and with it `rules/` and the migrations; the same from src/ and dist/. */
export const packageRoot = (): string => (root ??= findRoot());

function findRoot(): string {
  let folder = here();
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder)
      throw new PatrolError("source-unreadable", `no package.json above ${here()}: is Patrol whole?`);
    folder = parent;
  }
  return folder;
}
