import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";
import { twinTokens } from "../support/twin-tokens.ts";

const token = crcToken(51);
const other = crcToken(52);
const line = (text: string) => `const key = "${text}";\n`;
const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

test(
  "gitleaks' ignore file and baseline become entries that survive a move",
  inWorkplace(async ({ git, commit, patrol, folder }) => {
    git("init", "--quiet");
    const first = commit("Add", { "a.js": line(token), "b.js": line(other) });
    commit("Ignore", {
      ".gitleaksignore": `${first}:a.js:npm-access-token:1\n${first}:gone.js:npm-access-token:9\n`,
      "known.json": JSON.stringify([{ RuleID: "npm-access-token", File: "b.js", StartLine: 1, Secret: other }]),
    });
    const { status, stdout, stderr } = await patrol(["import", "gitleaks", ".gitleaksignore", "known.json"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^carried over: \.gitleaksignore: .*:a\.js:/m);
    assert.match(stdout, /^carried over: known\.json: npm-access-token in b\.js:1$/m);
    assert.match(stdout, /^not carried over: .*gone\.js.*nothing is found now that it tells of$/m);
    assert.equal(readFileSync(join(folder, ".patrolignore"), "utf8").match(/^[0-9a-f]{64} /gm)?.length, 2);
    git("rm", "--quiet", "known.json", ".gitleaksignore");
    commit("Move", { "c.js": `\n\n${line(token)}` });
    assert.equal((await patrol(["dir"])).status, 0);
  }),
);

test(
  "a baseline that hides its secrets becomes entries for no other secret than the one that stands where it says",
  inWorkplace(async (place) => {
    const { write, patrol, folder } = place;
    const [old, fresh] = await twinTokens(place);
    write({ "a.js": line(old) });
    await patrol(["dir", "a.js", "-r", "known.json"]);
    const entries = () => readFileSync(join(folder, ".patrolignore"), "utf8").match(/^[0-9a-f]{64} /gm);
    write({ "a.js": `\n${line(fresh)}${line(old)}` });
    const vague = await patrol(["import", "gitleaks", "known.json"]);
    assert.match(vague.stdout, /^not carried over: known\.json: .*: it hides its secret, and may tell of several$/m);
    assert.ok(!existsSync(join(folder, ".patrolignore")));
    write({ "a.js": `${line(old)}${line(fresh)}${line(old)}` });
    assert.match((await patrol(["import", "gitleaks", "known.json"])).stdout, /^carried over: known\.json/m);
    assert.equal(entries()?.length, 1);
    const { status, stdout } = await patrol(["dir", "a.js"]);
    assert.deepEqual([status, stdout.match(/^Line: .*/gm)], [1, ["Line:        2"]]);
  }),
);

test(
  "a baseline of detect-secrets 0, one from Windows, and what cannot be taken over of either",
  inWorkplace(async ({ write, patrol, folder }) => {
    write({ "sub/a.js": line(token), "b.js": line(other), "skip/c.js": line(crcToken(55)) });
    write({ "d.js": `\n${line(crcToken(56))}` });
    const entry = (text: string, more = {}) => ({
      type: "NPM",
      hashed_secret: hash("sha1", text),
      line_number: 1,
      ...more,
    });
    write({
      "old.json": JSON.stringify({
        version: "0.14.3",
        exclude: { files: "^SKIP/", lines: "(?=x)" },
        word_list: { file: "words.txt", hash: "0" },
        // Some detectors of its hash no more than the kind of a token.
        results: { "b.js": [entry(other, { is_secret: false })], "d.js": [entry("npm", { line_number: 2 })] },
      }),
      "windows.json": JSON.stringify({
        results: { "sub\\a.js": [entry(token)] },
        filters_used: [{ path: "detect_secrets.filters.gibberish.should_exclude_secret", limit: 3.7 }],
      }),
      "oldest.json": JSON.stringify({ version: "0.10.5", exclude_regex: "^never/", results: {} }),
    });
    const { stdout, stderr } = await patrol(["import", "detect-secrets", "old.json", "windows.json", "oldest.json"]);
    assert.match(stdout, /^carried over: old\.json: NPM in b\.js:1$/m, stderr);
    assert.match(stdout, /^carried over: old\.json: NPM in d\.js:2$/m);
    assert.match(stdout, /^carried over: windows\.json: NPM in sub\\a\.js:1$/m);
    assert.match(stdout, /^carried over: 2 patterns/m);
    assert.match(stdout, /^not carried over: old\.json: the word list words\.txt$/m);
    assert.match(stdout, /^not carried over: windows\.json: the filter .*gibberish.*list of its own$/m);
    assert.match(stdout, /^not carried over: old\.json: not a pattern in RE2 syntax/m);
    assert.match(readFileSync(join(folder, ".patrolignore"), "utf8"), /from old\.json: NPM, audited there as none/);
    for (const name of ["old.json", "windows.json", "oldest.json"]) write({ [name]: "" });
    assert.equal((await patrol(["dir"])).status, 0);
  }),
);

test(
  "ggshield's path patterns leave out what they did there, and no more; its first format is read too",
  inWorkplace(async ({ write, patrol }) => {
    const kept = ["doc/deep/a.js", "src/generated.js", "x/top.js", "cassettes.js"];
    const gone = ["doc/a.js", "lib/doc/a.js", "cassettes/a/b.js", "t/u/snapshots/s.js", "top.js", "src/gen+.js"];
    [...kept, ...gone].forEach((path, index) => write({ [path]: line(crcToken(60 + index)) }));
    write({
      ".gitguardian.yml": `paths-ignore: ["doc/*", "cassettes/", "t/**/snapshots/*", "/top.js", "src/gen+.js", "a**"]\nmatches-ignore: ["${crcToken(60)}"]\n`,
    });
    const { stdout, stderr } = await patrol(["import", "ggshield"]);
    assert.match(stdout, /^carried over: \.gitguardian\.yml: a secret in clear$/m, stderr);
    assert.match(stdout, /^not carried over: \.gitguardian\.yml: the pattern a\*\*$/m);
    const found = await patrol(["dir", "-f", "json"]);
    assert.deepEqual(
      [...new Set((JSON.parse(found.stdout) as { File: string }[]).map(({ File }) => File))].sort(),
      kept.slice(1).sort(),
    );
  }),
);

test(
  "detect-secrets' SHA-1 and ggshield's SHA-256 are matched with what is found; their paths become allowlists",
  inWorkplace(async ({ write, patrol, folder }) => {
    write({
      "a.js": line(token),
      "b.js": line(other),
      "docs/x.js": line(crcToken(53)),
      "vendor/y.js": line(crcToken(54)),
      ".secrets.baseline": JSON.stringify({
        version: "1.5.0",
        results: { "a.js": [{ type: "NPM tokens", hashed_secret: hash("sha1", token), line_number: 1 }] },
        filters_used: [{ path: "detect_secrets.filters.regex.should_exclude_file", pattern: ["^docs/"] }],
      }),
    });
    const carried = await patrol(["import", "detect-secrets"]);
    assert.match(carried.stdout, /carried over: \.secrets\.baseline: NPM tokens in a\.js:1\n/, carried.stderr);
    assert.match(readFileSync(join(folder, ".patrol.toml"), "utf8"), /"\^docs\/"/);
    const shield = [
      "version: 2",
      "secret:",
      "  ignored_matches:",
      "    - name: test key",
      `      match: ${hash("sha256", `${other},apikey`)}`,
      "  ignored_paths: [vendor/]",
      "",
    ];
    write({ ".gitguardian.yaml": shield.join("\n") });
    const { stdout } = await patrol(["import", "ggshield"]);
    assert.match(stdout, /carried over: \.gitguardian\.yaml: test key\n/);
    assert.match(
      stdout,
      /not carried over: 1 pattern, since \.patrol\.toml is there; add to it:\n\n\[\[allowlists\]\]/,
    );
    const left = await patrol(["dir", "-f", "csv"]);
    assert.deepEqual([left.status, left.stdout.split("\n").length], [1, 3], left.stdout);
    assert.match(left.stdout, /vendor\/y\.js/);
  }),
);

test(
  "secretlint's and trufflehog's patterns become allowlists beside gitleaks' configuration",
  inWorkplace(async ({ write, patrol, folder }) => {
    write({
      "dist/a.js": line(token),
      "x.js": line(other),
      ".secretlintignore": "dist/\n!dist/keep.js\n",
      ".secretlintrc.json": JSON.stringify({
        rules: [{ id: "@secretlint/secretlint-rule-npm", allows: [`/^${other.slice(0, 12)}/i`] }],
      }),
    });
    const { stdout, stderr } = await patrol(["import", "secretlint"]);
    assert.match(stdout, /carried over: 2 patterns, as allowlists of \.patrol\.toml/, stderr);
    assert.match(stdout, /not carried over: \.secretlintignore: the pattern !dist\/keep\.js/);
    assert.equal((await patrol(["dir"])).status, 0);
    write({ "lib/b.js": line(crcToken(57)) });
    const result = (file: string, text: string, more = {}) =>
      JSON.stringify({ SourceMetadata: { Data: { Git: { file, line: 1 } } }, DetectorName: "NPM", Raw: text, ...more });
    const results = [
      `{"level":"info-0","msg":"running"}`,
      result("lib/b.js", crcToken(57), { Verified: true }),
      result("gone.js", crcToken(58)),
    ];
    write({ "results.json": results.join("\n"), "none.json": results[0] ?? "" });
    const told = await patrol(["import", "trufflehog", "results.json"]);
    assert.match(told.stdout, /^carried over: results\.json: NPM in lib\/b\.js:1$/m, told.stderr);
    assert.match(told.stdout, /^not carried over: results\.json: NPM in gone\.js:1: nothing is found now/m);
    assert.ok(!`${told.stdout}${told.stderr}`.includes(crcToken(57)));
    assert.match(readFileSync(join(folder, ".patrolignore"), "utf8"), /from results\.json: NPM, verified there/);
    assert.match((await patrol(["import", "trufflehog", "none.json"])).stderr, /holds no result of trufflehog --json/);
    write({ "results.json": "" });
    write({ "exclude.txt": "^node_modules/\n(unclosed\n" });
    const hog = await patrol(["import", "trufflehog", "exclude.txt"]);
    assert.match(hog.stdout, /not carried over: exclude\.txt: not a pattern in RE2 syntax/);
    assert.match(readFileSync(join(folder, ".patrol.toml"), "utf8"), /useDefault = true/);
  }),
);

test(
  "secretlint's report becomes entries for what stands where it found it",
  inWorkplace(async ({ write, patrol }) => {
    // As secretlint 11.7 writes it: absolute paths of the machine that it ran on, lines from 1, columns from 0.
    const message = (text: string, at: number, line: number) => ({
      message: `found npm access token: ${"*".repeat(text.length)}`,
      range: [at, at + text.length],
      type: "message",
      ruleId: "@secretlint/secretlint-rule-npm",
      ruleParentId: "@secretlint/secretlint-rule-preset-recommend",
      loc: { start: { line, column: 13 }, end: { line, column: 13 + text.length } },
      severity: "error",
      messageId: "NPM_ACCESS_TOKEN",
      data: { TOKEN: "*".repeat(text.length) },
    });
    const report = [
      { filePath: "/build/project/src/a.js", sourceContent: "", sourceContentType: "text", messages: [] },
      { filePath: "/build/project/src/b.js", sourceContentType: "text", messages: [message(token, 15, 3)] },
      { filePath: "C:\\project\\c.js", sourceContentType: "text", messages: [message(other, 13, 9)] },
    ];
    write({
      "src/b.js": `\n\n${line(token)}${line(other)}`,
      "c.js": `${line(other)}`,
      "report.json": JSON.stringify(report),
    });
    const { status, stdout, stderr } = await patrol(["import", "secretlint", "report.json"]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^carried over: report\.json: @secretlint\/secretlint-rule-npm in .*src\/b\.js:3$/m);
    assert.match(stdout, /^not carried over: .*c\.js:9: nothing is found now that it tells of$/m);
    const left = await patrol(["dir", "-f", "csv"]);
    assert.deepEqual(left.stdout.match(/^npm-access-token,,[^,]+/gm), [
      "npm-access-token,,c.js",
      "npm-access-token,,src/b.js",
    ]);
    for (const wrong of ["[1]", "{}", "rules", '[{"filePath":"a.js"}]']) {
      write({ "report.json": wrong });
      assert.equal((await patrol(["import", "secretlint", "report.json"])).status, 2, wrong);
    }
  }),
);

test(
  "a file that cannot be read changes nothing",
  inWorkplace(async ({ write, patrol, folder }) => {
    write({ "a.js": line(token), "good.txt": "^docs/\n", ".secrets.baseline": "{" });
    assert.equal((await patrol(["import", "detect-secrets"])).status, 2);
    assert.equal((await patrol(["import", "trufflehog", "good.txt", "none.txt"])).status, 2);
    assert.equal((await patrol(["import", "secretlynt"])).status, 2);
    for (const name of [".patrol.toml", ".patrolignore", ".patrol-key"]) assert.ok(!existsSync(join(folder, name)));
  }),
);
