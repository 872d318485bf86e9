// A text that makes a rule read everything over and over has the rule given up in it; what that leaves unknown is no base to build on.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { ruleOf } from "../../support/rule-of.ts";
import { GitKit } from "./git-kit.ts";

const rulebook = withEngine(compileRulebook([ruleOf("OPEN-IT[^;]{10,}?SHUT-IT")]));
const SECRET = "OPEN-IT what is found SHUT-IT";
const words = Array.from({ length: 2000 }, (_, n) => `${n}: nothing, said ${n * n} times\n`).join("");
/** The rule begins anew each time, and reads to the semicolon. Far behind that stands what it finds. */
const version = (times: number) => `begins\n${"OPEN-IT ".repeat(times)};\n${words};${SECRET};\n${words}`;

test("what a rule would find in a version of a file is found where it was given up in the version that is its base", async () => {
  const kit = new GitKit();
  kit.commit({ "hostile.txt": version(20_000), "mild.txt": version(500) });
  kit.git("repack", "-adfq", "--depth=50", "--window=50");
  const idOf = (path: string) => kit.git("rev-parse", `main:${path}`);
  const hostile = idOf("hostile.txt");
  const index = readdirSync(join(kit.dir, ".git/objects/pack")).find((name) => name.endsWith(".idx")) ?? assert.fail();
  const deltas = kit.git("verify-pack", "-v", `.git/objects/pack/${index}`);
  assert.match(deltas, new RegExp(`^${idOf("mild.txt")} blob .* ${hostile}$`, "m"));

  const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook, workers: 1 });
  assert.deepEqual(
    coverage.skipped.map(({ what, why }) => [what, /given|wholly/.test(why)]),
    [[`object ${hostile}`, true]],
  );
  assert.deepEqual(
    candidates.map(({ provenance: { path }, secret }) => [path, secret.reveal()]),
    [["mild.txt", SECRET]],
  );
});
