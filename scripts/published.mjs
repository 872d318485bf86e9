// node scripts/published.mjs PROJECT FOLDER: lines for rules/published.txt, with the digests of the keys and tokens that
// the folder holds and the file lacks. Whether they may be published is for whoever adds them to judge: rules/README.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Whose secrets people choose: what one wrote into a test, another may trust. */
const PASSWORDS = ["database-url-password", "url-password"];
const DIGESTS_A_LINE = 4;

const [project, folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node scripts/published.mjs PROJECT FOLDER");

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = await build({
  entryPoints: [join(root, "src/engine/published.ts")],
  bundle: true,
  platform: "node",
  format: "esm",
  write: false,
});
const { digestOf } = await import(
  `data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`
);

const scratch = mkdtempSync(join(tmpdir(), "patrol-published-"));
try {
  const report = join(scratch, "report.json");
  const flags = ["--show-secrets", "--exit-code", "0", "-f", "json", "-r", report];
  execFileSync(process.execPath, [join(root, "dist/patrol.cjs"), "dir", ...flags, folder], { stdio: "ignore" });
  const findings = JSON.parse(readFileSync(report, "utf8"));
  const rules = new Set(findings.map(({ RuleID }) => RuleID).filter((rule) => !PASSWORDS.includes(rule)));
  for (const rule of [...rules].sort()) {
    const found = findings.filter(({ RuleID }) => RuleID === rule);
    const secrets = found.map(({ Secret }) => Buffer.from(Secret, "utf8").toString("latin1"));
    const digests = [...new Set(secrets.map(digestOf))].sort();
    for (let at = 0; at < digests.length; at += DIGESTS_A_LINE) {
      console.log([rule, project, ...digests.slice(at, at + DIGESTS_A_LINE)].join(" "));
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}
