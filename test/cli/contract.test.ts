// What scripts that were written for gitleaks v8 do with it, and what they must get.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(71);
const line = `const key = "${token}";\n`;
const rows = (text: string) => JSON.parse(text) as Row[];
const rule = (id: string, regex: string, more = "") =>
  `[[rules]]\nid = "${id}"\ndescription = "a ${id}"\nregex = '''${regex}'''\n${more}`;

describe("invocations from pipelines, hooks and documentation", () => {
  /** Arguments, and the exit code that gitleaks v8 gives for a repository and folder with one leak. */
  const invocations: readonly (readonly [line: string, status: number])[] = [
    ["detect", 1],
    ["detect --source . --verbose --redact --no-banner", 1],
    ["detect --no-git --source=. -v -l err --no-color", 1],
    ["detect -s . -f SARIF -r out.sarif --exit-code 0", 0],
    ["detect --source . --log-opts=--all --report-format json --report-path out.json --exit-code=5", 5],
    ["protect --staged -v", 0],
    ["git . --log-opts=-1 --platform unknown", 0],
    ["git -v --max-decode-depth 0 --max-archive-depth 0 --max-target-megabytes 10 --timeout 120", 1],
    ["git --pre-commit --staged --redact=20 --verbose", 0],
    ["dir a.js --follow-symlinks -i . --log-level WARN", 1],
    ["directory . --enable-rule=npm-access-token --enable-rule github-pat", 1],
    ["file a.js --ignore-gitleaks-allow --redact=0", 1],
    ["dir . --no-such-flag", 126],
    // Two blanks: the empty word of a script's empty variable.
    ["git  -l error", 1],
    ["version --no-banner -c none.toml", 0],
    ["git --diagnostics cpu --diagnostics-dir diagnostics", 1],
  ];

  test(
    "end as they do with gitleaks",
    inWorkplace(async ({ git, commit, write, patrol }) => {
      git("init", "--quiet");
      commit("One", { "a.js": line });
      commit("Two", { "b.js": "fine\n" });
      write({ "c.js": "staged\n" });
      git("add", "c.js");
      for (const [words, status] of invocations) {
        const ran = await patrol(words.split(" "));
        assert.equal(ran.status, status, `${words}\n${ran.stderr}`);
      }
    }),
  );

  test(
    "write the reports they name",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "a.js": line, "t.tmpl": '{{ range . }}{{ .RuleID }} {{ .File }}:{{ .StartLine }}{{ "\\n" }}{{ end }}' });
      await patrol(["dir", "a.js", "-f", "template", "--report-template", "t.tmpl", "-r", "out.txt"]);
      assert.equal(readFileSync(join(folder, "out.txt"), "utf8"), "npm-access-token a.js:1\n");
      const { status, stdout } = await patrol(["stdin", "--report-format", "csv", "--report-path", "-"], {
        input: line,
      });
      assert.deepEqual([status, stdout.split("\n")[0]?.split(",").slice(0, 3)], [1, ["RuleID", "Commit", "File"]]);
      assert.equal((await patrol(["dir", "a.js", "--diagnostics=cpu,mem", "--diagnostics-dir=d"])).status, 1);
      for (const name of ["cpu.cpuprofile", "mem.heapprofile"]) assert.ok(existsSync(join(folder, "d", name)), name);
    }),
  );
});

describe("configuration", () => {
  test(
    "keys in any case, lists as text, a rule twice, and files extended from where the scan was called",
    inWorkplace(async ({ write, patrol }) => {
      write({
        "conf/ours.toml": `[Extend]\npath = "base.toml"\ndisabledrules = "gone"\n${rule("pear", "pear-(\\d{4})")}\n${rule("pear", "(pear)-(\\d{4})", 'secretgroup = 2\nStopWords = "x"\n[rules.AllowList]\nregextarget = "line"\nregexes = "fine,good"\n')}`,
        "base.toml": `${rule("apple", "apple-(\\d{4})")}${rule("gone", "gone-(\\d{4})")}`,
        "conf/base.toml": rule("other", "apple-(\\d{4})"),
        "a.txt": "apple-1234 gone-1234\npear-5678\npear-9999 is fine\n",
      });
      const { stdout, stderr } = await patrol(["dir", "a.txt", "-c", "conf/ours.toml", "-r", "-", "--redact=0"]);
      assert.deepEqual(
        rows(stdout).map(({ RuleID, Secret }) => [RuleID, Secret]),
        [
          ["apple", "1234"],
          ["pear", "5678"],
        ],
        stderr,
      );
      assert.match(stderr, /rule pear: it stands there twice; the last one counts/);
    }),
  );

  test(
    "standard input goes by the current folder's files",
    inWorkplace(async ({ write, patrol }) => {
      write({ ".gitleaks.toml": rule("pear", "pear-(\\d{4})") });
      assert.equal((await patrol(["stdin"], { input: "pear-1234" })).status, 1);
      assert.equal((await patrol(["stdin"], { input: line })).status, 0);
    }),
  );

  test(
    "entropy must be above what the rule asks, and a match keeps no line ends",
    inWorkplace(async ({ write, patrol }) => {
      write({
        "c.toml": rule("key", "\\nkey=(\\w+)\\s", "entropy = 2\n"),
        "a.txt": "\nkey=abcd\n\nkey=abcde\n",
      });
      const { stdout } = await patrol(["dir", "a.txt", "-c", "c.toml", "-r", "-", "--redact=0"]);
      assert.deepEqual(
        rows(stdout).map(({ Secret, Match }) => [Secret, Match]),
        [["abcde", "key=abcde"]],
      );
    }),
  );
});

describe("what is left out", () => {
  const multi = rule("multi", "BEGIN(?:.|\\n){1,40}?secret: (\\w+)\\nEND");
  const text = "x\nBEGIN\n\nsecret: abcdef\nEND";

  test(
    "a match over several lines is known by its first line, and by a comment in any of them",
    inWorkplace(async ({ write, patrol }) => {
      write({ "c.toml": multi, "a.txt": `${text}\n`, "b.txt": `${text} # gitleaks:allow\n` });
      assert.equal((await patrol(["dir", "a.txt", "-c", "c.toml"])).status, 1);
      assert.equal((await patrol(["dir", "b.txt", "-c", "c.toml"])).status, 0);
      for (const number of [2, 4]) {
        write({ ".gitleaksignore": `a.txt:multi:${number}\n` });
        assert.equal((await patrol(["dir", "a.txt", "-c", "c.toml"])).status, 0, `line ${number}`);
      }
      write({ ".gitleaksignore": "a.txt:multi:3\n" });
      assert.equal((await patrol(["dir", "a.txt", "-c", "c.toml"])).status, 1);
    }),
  );

  test(
    "the configuration and the baseline may name secrets, in folders and in histories",
    inWorkplace(async ({ git, commit, patrol }) => {
      git("init", "--quiet");
      const own = `[extend]\nuseDefault = true\n[[allowlists]]\ndescription = "${token}"\nregexes = ['''^nothing$''']\n`;
      commit("One", { ".gitleaks.toml": own, "b.js": line.replace(token, crcToken(72)) });
      await patrol(["dir", "b.js", "-r", "known.json", "--redact=0"]);
      commit("Two");
      for (const command of ["dir", "git"]) {
        const { status, stderr } = await patrol([command, "-b", "known.json", "-l", "info"]);
        assert.equal(status, 0, stderr);
        assert.match(stderr, /not counted: [34] /);
      }
      assert.equal((await patrol(["dir", "."])).status, 1, "the report is no baseline now");
    }),
  );
});
