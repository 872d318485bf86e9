// A history must find what scanning every blob whole finds, where that came in. The reference here knows neither deltas nor
// trees: it keeps every version of every file and scans each with `scan`.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "vitest";
import { withEngine } from "../../../src/config/engine.ts";
import { builtInRules } from "../../../src/config/rulebook.ts";
import { seededRandom } from "../../../src/engine/regex/sample.ts";
import { compileRulebook } from "../../../src/engine/rulebook.ts";
import { scan } from "../../../src/engine/scan.ts";
import type { Candidate } from "../../../src/model/candidate.ts";
import type { Rule } from "../../../src/model/rule.ts";
import type { HistoryOptions } from "../../../src/sources/git/history/history.ts";
import { scanHistory } from "../../../src/sources/git/history/scan-history.ts";
import { encoded } from "../../support/encoded.ts";
import { crcToken } from "../../support/tokens.ts";
import { GitKit, temporaryFolder } from "./git-kit.ts";

const builtIn = builtInRules().filter(({ id }) => ["npm-access-token", "github-personal-access-token"].includes(id));
const like = (id: string, rule: Partial<Rule>): Rule => ({
  ...(builtIn[0] as Rule),
  checksum: undefined,
  keywords: [],
  allowlists: [],
  ...rule,
  id,
  name: id,
});
const rulebook = withEngine(
  compileRulebook([
    ...builtIn,
    like("below-source", { pattern: "\\b(zeta-[0-9a-f]{24})\\b", path: "^src/" }),
    like("with-keyword", { pattern: "\\b(omega-[0-9a-f]{24})\\b", keywords: ["greek letters"] }),
    like("not-below-words", {
      pattern: "\\b(sigma-[0-9a-f]{24})\\b",
      allowlists: [
        { condition: "or", paths: ["deep"], commits: [], target: "secret", regexes: [], stopWords: [] },
        { condition: "or", paths: [], commits: [], target: "line", regexes: ["^word1"], stopWords: [] },
        { condition: "and", paths: ["^c"], commits: [], target: "line", regexes: ["word2"], stopWords: [] },
      ],
    }),
    like("near-letters", {
      pattern: "\\b(kappa-[0-9a-f]{24})\\b",
      required: [{ id: "not-below-words", withinLines: 8 }],
    }),
    like("of-any-length", {
      pattern: "\\b(tau-[0-9a-f]{12,30})\\b",
      allowlists: [
        { condition: "or", paths: ["^docs/"], commits: [], target: "secret", regexes: ["0$"], stopWords: [] },
        { condition: "or", paths: [], commits: [], target: "line", regexes: ["^word2"], stopWords: [] },
      ],
    }),
    like("key-file", { pattern: "", path: "(?i)\\.p12$" }),
  ]),
);

interface Change {
  readonly path: string;
  readonly bytes: Buffer;
}

const PATHS = ["docs/a.txt", "src/a.txt", "src/deep/b.txt", "c.txt", "wide.txt", "store.P12"];

/** Commits, each of which changes a file or two. */
function commits(seed: number, count: number): Change[][] {
  const random = seededRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const hex = () => Array.from({ length: 24 }, () => below(16).toString(16)).join("");
  const tokens = [
    crcToken(seed),
    crcToken(seed + 1, "ghp_"),
    `zeta-${hex()}`,
    `omega-${hex()}`,
    `sigma-${hex()}`,
    `kappa-${hex()}`,
  ];
  const unsure = Array.from(
    { length: 4 },
    () =>
      `tau-${hex().replace(/(?<=.{13}).(?=.{6})/g, (digit) => (below(6) === 0 ? `%${digit.charCodeAt(0).toString(16)}` : digit))}`,
  );
  const words = () => Array.from({ length: 1 + below(12) }, () => `word${below(300)}`).join(" ");
  const piece = () => {
    const isUnsure = below(4) === 0;
    const token = isUnsure ? unsure[below(unsure.length)]! : tokens[below(tokens.length)]!;
    const shown = below(2) === 0 ? token : encoded(`key=${token}`, below);
    const half = below(shown.length);
    const forms = [
      shown,
      `${shown}\n`,
      `"${shown}"`,
      shown.slice(0, half),
      shown.slice(half),
      "greek letters",
      words(),
    ];
    return forms[below(forms.length)] as string;
  };
  const texts = new Map(
    PATHS.map((path) => [path, Array.from({ length: 40 }, () => `${below(4) === 0 ? piece() : words()}\n`).join("")]),
  );
  const change = (path: string): Change => {
    let text = below(12) === 0 ? (texts.get(PATHS[below(4)] as string) as string) : (texts.get(path) as string);
    for (let edits = below(4); edits > 0; edits--) {
      const at = below(text.length);
      text = text.slice(0, at) + piece() + text.slice(at + below(50));
    }
    texts.set(path, text);
    return {
      path,
      bytes: Buffer.from(path === "wide.txt" ? `\ufeff${text}` : text, path === "wide.txt" ? "utf16le" : "latin1"),
    };
  };
  return Array.from({ length: count }, () => {
    const first = PATHS[below(PATHS.length)] as string;
    const second = PATHS[below(PATHS.length)] as string;
    return first === second || below(3) > 0 ? [change(first)] : [change(first), change(second)];
  });
}

/** Puts the commits into a repository, after those that are there. @returns their ids. */
function commit(kit: GitKit, changes: readonly Change[][]): string[] {
  const start = kit.tries("rev-parse", "-q", "--verify", "main") ? Number(kit.git("rev-list", "--count", "main")) : 0;
  const parts: (string | Buffer)[] = [];
  for (const [i, files] of changes.entries()) {
    parts.push(`commit refs/heads/main\ncommitter A <a@example.org> ${1_700_000_000 + start + i} +0000\ndata 1\nm\n`);
    if (i === 0 && start > 0) parts.push("from refs/heads/main^0\n");
    for (const { path, bytes } of files) parts.push(`M 100644 inline ${path}\ndata ${bytes.length}\n`, bytes, "\n");
  }
  kit.run(["fast-import", "--quiet"], Buffer.concat(parts.map((part) => Buffer.from(part))));
  kit.git("repack", "-adfq", "--depth=50", "--window=50");
  return kit.git("rev-list", "--reverse", "main").split("\n");
}

const keyOf = ({ rule, secret }: Candidate) => `${rule.id} ${secret.reveal()}`;

interface Expected {
  /** More than ever stood there. */
  readonly least: number;
  /** More than stood there in the commit before: what comes back in the old words is not told again. */
  readonly most: number;
  /** Where it may stand. */
  readonly lines: readonly number[];
}

/** Commit's number, path, rule and secret of each finding. */
function reference(changes: readonly Change[][]): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const current = new Map<string, Map<string, number[]>>();
  const ever = new Map<string, number>();
  for (const [number, files] of changes.entries()) {
    for (const { path, bytes } of files) {
      const lines = new Map<string, number[]>();
      for (const candidate of scan({ bytes, provenance: { kind: "file", path } }, rulebook)) {
        const key = keyOf(candidate);
        lines.set(key, [...(lines.get(key) ?? []), candidate.span.startLine]);
      }
      const before = current.get(path);
      current.set(path, lines);
      for (const [key, places] of lines) {
        const most = places.length - (before?.get(key)?.length ?? 0);
        const known = ever.get(`${path} ${key}`) ?? 0;
        ever.set(`${path} ${key}`, Math.max(known, places.length));
        const least = Math.max(0, places.length - known);
        if (most > 0) expected.set(`${number} ${path} ${key}`, { least, most, lines: places });
      }
    }
  }
  return expected;
}

async function assertFound(
  kit: GitKit,
  ids: readonly string[],
  changes: readonly Change[][],
  options: Partial<HistoryOptions>,
) {
  const { candidates, coverage } = await scanHistory({ gitDir: kit.dir, rulebook, ...options });
  assert.deepEqual(coverage.skipped, []);
  const expected = reference(changes);
  const found = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const { commit = "", path = "" } = candidate.provenance;
    const place = `${ids.indexOf(commit)} ${path} ${keyOf(candidate)}`;
    found.set(place, [...(found.get(place) ?? []), candidate]);
  }
  for (const place of found.keys()) assert.ok(expected.has(place), `${place} is told, and was there before`);
  for (const [place, { least, most, lines }] of expected) {
    const spans = (found.get(place) ?? []).map(({ span }) => span);
    assert.ok(spans.length >= least && spans.length <= most, `${place}: ${spans.length} for ${least} to ${most}`);
    for (const { startLine } of spans) assert.ok(lines.includes(startLine), place);
  }
  return { found: candidates.length, encoded: candidates.filter(({ decoded }) => decoded.length > 0).length };
}

describe("a history of files with secrets in clear and encoded, in UTF-16, below paths that rules name", () => {
  test("tells what scanning every blob whole tells, at the commits and paths that brought it", async () => {
    let [found, hidden] = [0, 0];
    for (const seed of [3, 11]) {
      const kit = new GitKit();
      const changes = commits(seed * 100, 70);
      const ids = commit(kit, changes);
      const counts = await assertFound(kit, ids, changes, {});
      found += counts.found;
      hidden += counts.encoded;
    }
    assert.ok(found > 40 && hidden > 10, `${found} found, ${hidden} of them encoded`);
  });

  test("so do a second scan that reads only what is new, and one with two threads", async () => {
    const kit = new GitKit();
    const changes = commits(7, 60);
    const cache = join(temporaryFolder(), "cache");
    const early = changes.slice(0, 35);
    await assertFound(kit, commit(kit, early), early, { cache });
    const ids = commit(kit, changes.slice(35));
    await assertFound(kit, ids, changes, { cache });
    await assertFound(kit, ids, changes, { cache });
    await assertFound(kit, ids, changes, { workers: 2, workersFromBytes: 0 });
  });
});
