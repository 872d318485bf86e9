// Types, lint and formatting at the same time, as none needs what another says: `npm run check`. What each prints comes in one
// piece when it has ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const CHECKS = [
  ["ts7/bin/tsc", "-p", "tsconfig.json", "--noEmit"],
  ["eslint/bin/eslint.js", "--cache", "--cache-location", "node_modules/.cache/eslint/", "."],
  ["prettier/bin/prettier.cjs", "--cache", "--check", "--log-level", "warn", "."],
];

async function passes([program, ...words]) {
  const path = join(root, "node_modules", program);
  const child = spawn(process.execPath, [path, ...words], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  process.stderr.write(said);
  return code === 0;
}

const passed = await Promise.all(CHECKS.map(passes));
if (!passed.every(Boolean)) process.exitCode = 1;
