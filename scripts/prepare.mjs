// npm runs this where the repository itself is installed or packed: `npm install` in a clone, `npm pack`, a dependency or a
// pre-commit hook that names the git repository. A package from the registry comes built.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (existsSync(join(root, "node_modules/esbuild"))) {
  const { build } = await import("./build.mjs");
  await build();
} else console.error("patrol: dist/ is not built, as the development dependencies were left out");
