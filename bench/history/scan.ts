/** One scan in a process of its own: prints what it cost, as JSON. Run by main.ts as a bundle, made as the
 * command line's is, so that no compiler is counted. */
import { readFileSync } from "node:fs";
import { scanShortly } from "../../src/cli/start/short-lived.ts";
import { shippedRulebook } from "../../src/config/built.ts";
import { withEngine } from "../../src/config/engine.ts";
import { compileRulebook, type Rulebook } from "../../src/engine/rulebook.ts";

const [repository = ".", cache = "", rules = ""] = process.argv.slice(2);

/** The built-in rules as the command line has them: as JSON, made when Patrol was built. */
async function rulebookOf(path: string): Promise<Rulebook> {
  if (path === "") return withEngine(shippedRulebook(readFileSync("dist/rules.jsonl")), { isBaked: true });
  const { parseGitleaksToml } = await import("../../src/config/gitleaks-toml.ts");
  return withEngine(compileRulebook(parseGitleaksToml(readFileSync(path, "utf8"), { path, builtIn: () => [] }).rules));
}

async function main(): Promise<void> {
  const rulebook = await rulebookOf(rules);
  const options = {
    gitDir: repository,
    rulebook,
    workers: 1,
    ...(cache === "" ? {} : { cache }),
  };
  const { candidates, coverage } = await scanShortly(options);
  const { user, system } = process.cpuUsage();
  const { commits, objects, bytes, scanned, cached, skipped } = coverage;
  console.log(
    JSON.stringify({
      cpu: (user + system) / 1e6,
      peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
      counts: { commits, objects, bytes, scanned, cached, skipped: skipped.length, candidates: candidates.length },
    }),
  );
}

void main();
