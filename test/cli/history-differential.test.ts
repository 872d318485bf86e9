import assert from "node:assert/strict";
import { join } from "node:path";
import { beforeAll, test } from "vitest";
import { seededRandom } from "../../src/engine/regex/sample.ts";
import { compareHistory } from "../support/compare-history.ts";
import { builtProgram } from "../support/hooks.ts";
import { inWorkplace } from "../support/patrol.ts";
import { randomText } from "../support/tokens.ts";

beforeAll(builtProgram);

/** Every means of a rule that asks for more than the match: paths, lines, stop words, keywords, entropy, no bound. */
const CONFIGURATION = `
[[allowlists]]
paths = ['''^allowed/''', '''\\.lock$''']
[[rules]]
id = "key"
regex = '''(?i)key[-_ ]?[a-z]{0,10}\\s*[:=]\\s*["']?([a-z0-9]{16,24})["']?'''
entropy = 3
keywords = ["key"]
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''example''']
[[rules.allowlists]]
stopwords = ["abc"]
[[rules]]
id = "block"
regex = '''-----BEGIN KEY-----[\\s\\S-]{20,}?KEY-----'''
[[rules]]
id = "word"
regex = '''word-[0-9]{8}'''
keywords = ["sesame"]
[[rules]]
id = "env-only"
regex = '''SECRET=([A-Z]{12})'''
path = '''\\.env$'''
[[rules]]
id = "store"
path = '''\\.p12$'''
`;

/** A line that some rule may find something in, or nearly. */
function someLine(random: () => number, seed: number): string {
  const kinds = [
    () => `key = "${randomText(seed, 20).toLowerCase()}"`,
    () => `key: ${randomText(seed, 18).toLowerCase()} # example`,
    () => `api_key='abc${randomText(seed, 16).toLowerCase()}'`,
    () => `word-${String(seed).padStart(8, "0")}${random() < 0.5 ? " sesame" : ""}`,
    () => `SECRET=${randomText(seed, 12, "ABCDEFGHIJKLMNOP")}`,
    () => `-----BEGIN KEY----- / -----BEGIN KEY-----\n${randomText(seed, 30)}\n-----END KEY----- / -----END KEY-----`,
    () => `data: ${Buffer.from(`key = ${randomText(seed, 20).toLowerCase()} end`).toString("base64")}`,
    () => `nothing ${randomText(seed, 5)}`,
  ];
  return (kinds[Math.floor(random() * kinds.length)] ?? kinds[0])?.() ?? "";
}

test(
  "patrol git finds in a history what the slow reference finds in every object of it, each at its place",
  inWorkplace(async ({ folder, git, write, commit }) => {
    const random = seededRandom(7);
    const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
    const paths = [
      "a.txt",
      "src/b.txt",
      "allowed/c.txt",
      "d.env",
      "yarn.lock",
      "deep/er/e.env",
      "store.p12",
      "\u00fc.txt",
    ];
    const content = new Map<string, string[]>();
    git("init", "--quiet", "--initial-branch=main");
    write({ ".git/info/exclude": "rules.toml\n", "rules.toml": CONFIGURATION });
    for (let step = 0; step < 32; step++) {
      const path = pick(paths);
      const lines = content.get(path) ?? [];
      const at = Math.floor(random() * (lines.length + 1));
      lines.splice(at, random() < 0.3 ? 2 : 0, someLine(random, step), someLine(random, 100 + (step % 25)));
      content.set(path, lines);
      const from = pick([...content.keys()]);
      const to = pick(paths);
      // Content moves as it is: out of allowed places, and back.
      if (step % 5 === 4 && from !== to) {
        content.set(to, [...(content.get(from) ?? [])]);
        content.set(from, []);
      }
      const files = [...content].map(([name, text]) => [name, text.map((one) => `${one}\n`).join("")] as const);
      commit(
        `Step ${step}${step % 9 === 0 ? `, key=${randomText(step, 20).toLowerCase()}` : ""}`,
        Object.fromEntries(files),
      );
      if (step % 12 === 5) git("checkout", "--quiet", "-b", `side-${step}`, "HEAD~3");
      if (step % 12 === 10) {
        git("checkout", "--quiet", "main");
        git("merge", "--quiet", "-X", "ours", "--no-edit", `side-${step - 5}`);
      }
      if (step === 20) git("gc", "--quiet");
    }
    git("tag", "--annotate", "--message", `key=${randomText(999, 20).toLowerCase()}`, "v1");
    git("gc", "--quiet", "--aggressive");
    const rules = join(folder, "rules.toml");
    const { missing, extra, misplaced, found } = compareHistory(folder, { rules, decodeDepth: 5, isQuick: false });
    assert.deepEqual({ missing, extra, misplaced }, { missing: [], extra: [], misplaced: [] });
    assert.ok(found > 25, `${found} found`);
  }),
);
