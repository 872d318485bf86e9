/** One scan in a process of its own: prints what it cost, as JSON. Run by main.ts as a bundle, so that no compiler is counted. */
import { readFileSync } from "node:fs";
import { withEngine } from "../../src/config/engine.ts";
import { parseGitleaksToml } from "../../src/config/gitleaks-toml.ts";
import { builtInRulebook, builtInRules } from "../../src/config/rulebook.ts";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scanHistory } from "../../src/sources/git/scan-history.ts";

const [repository = ".", workers = "1", cache = "", rules = ""] = process.argv.slice(2);

function rulebookOf(path: string) {
  if (path === "") return builtInRulebook();
  const parsed = parseGitleaksToml(readFileSync(path, "utf8"), { path, builtIn: () => builtInRules() });
  return withEngine(compileRulebook(parsed.rules));
}

const began = performance.now();
const { candidates, coverage } = await scanHistory({
  gitDir: repository,
  rulebook: rulebookOf(rules),
  workers: Number(workers),
  ...(cache === "" ? {} : { cache }),
});
const wall = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage();
const { commits, objects, bytes, scanned, cached, skipped } = coverage;
console.log(
  JSON.stringify({
    cpu: (user + system) / 1e6,
    wall,
    peakMb: Math.round(process.resourceUsage().maxRSS / 1024),
    counts: { commits, objects, bytes, scanned, cached, skipped: skipped.length, candidates: candidates.length },
  }),
);
