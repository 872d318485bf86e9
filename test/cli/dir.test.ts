import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken, randomText } from "../support/tokens.ts";

const token = crcToken(1);
const other = crcToken(2);
const line = `const key = "${token}";\n`;
const rows = (text: string) => JSON.parse(text) as Row[];
const JSON_OUT = ["-f", "json", "-r", "-"];

describe("exit codes", () => {
  test(
    "0 and no word on standard output when nothing is found",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.txt": "nothing here\n" });
      const { status, stdout, stderr } = await patrol(["dir"]);
      assert.deepEqual([status, stdout], [0, ""]);
      assert.match(stderr, /1 file scanned.*\nno leaks found\n$/);
    }),
  );

  test(
    "1 when something is found, or what --exit-code says",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      assert.equal((await patrol(["dir"])).status, 1);
      assert.equal((await patrol(["dir", "--exit-code", "7"])).status, 7);
      assert.equal((await patrol(["dir", "--exit-code=0"])).status, 0);
    }),
  );

  test(
    "2 for an empty path, which names nothing",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      for (const words of [
        ["dir", ""],
        ["dir", "a.js", ""],
        ["detect", "--no-git", "--source="],
      ]) {
        const { status, stdout, stderr } = await patrol(words);
        assert.deepEqual([status, stdout], [2, ""], words.join(" "));
        assert.match(stderr, /the path "" is empty.*; the current folder is \.\n$/);
      }
    }),
  );

  test(
    "a file counts once, however often and by whatever way it is named",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "a.js": line, "sub/b.js": line, ".git/c.js": line });
      for (const [paths, files] of [
        [["a.js", "a.js"], ["a.js"]],
        [
          [".", "./a.js", "sub"],
          ["a.js", "sub/b.js"],
        ],
        [["sub/", "sub", join(folder, "sub/b.js")], ["sub/b.js"]],
        [
          ["sub/b.js", "sub", "."],
          ["a.js", "sub/b.js"],
        ],
        [
          [".", ".git/c.js"],
          [".git/c.js", "a.js", "sub/b.js"],
        ],
      ] as const) {
        const { stdout, stderr } = await patrol(["dir", ...paths, ...JSON_OUT]);
        assert.deepEqual(
          rows(stdout).map(({ File }) => File),
          files,
          paths.join(" "),
        );
        assert.match(stderr, new RegExp(`^${files.length} files? scanned`, "m"));
      }
      const { stderr } = await patrol(["dir", "not-there", "not-there"]);
      assert.match(stderr, /; 1 could not be scanned/);
    }),
  );

  test(
    "2 when a file cannot be read, whatever else was found",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      // The one is no file, the other a file that nobody can read from its beginning, root neither.
      const { status, stderr } = await patrol(["dir", ".", "not-there", "/proc/self/mem"]);
      assert.equal(status, 2);
      assert.match(stderr, /not scanned: not-there: no such file or folder/);
      assert.match(stderr, /not scanned: .*mem: /);
      assert.match(stderr, /leaks found: 1; 2 could not be scanned, so this is no clean result/);
    }),
  );

  test(
    "2 when a text would have made a rule read it over and over, with the rule's name",
    inWorkplace(async ({ write, patrol }) => {
      write({
        ".gitleaks.toml": `[[rules]]\nid = "block"\nregex = '''OPEN-IT[\\s\\S]{10,}?SHUT-IT'''\nkeywords = ["open-it"]\n`,
        "a.txt": "OPEN-IT ".repeat(20_000),
        "b.txt": "OPEN-IT 0123456789 SHUT-IT",
      });
      const { status, stderr } = await patrol(["dir"]);
      assert.equal(status, 2);
      assert.match(stderr, /not scanned: a\.txt: not wholly looked at by the rule block/);
      assert.match(stderr, /leaks found: 1; 1 could not be scanned/);
    }),
  );

  test(
    "126 for a flag that does not exist, with the one that was meant",
    inWorkplace(async ({ patrol }) => {
      const { status, stderr } = await patrol(["dir", "--redcat"]);
      assert.equal(status, 126);
      assert.match(stderr, /unknown flag: --redcat; did you mean --redact\?/);
      assert.equal((await patrol(["dir", "-Z"])).status, 126);
    }),
  );

  test(
    "2 for a command, a value or a file that cannot be",
    inWorkplace(async ({ patrol }) => {
      for (const [args, says] of [
        [["dri"], /no command "dri"; did you mean patrol dir\?/],
        [["dir", "--exit-code", "many"], /--exit-code wants a whole number/],
        [["dir", "--redact=101"], /0 to 100/],
        [["dir", "-f", "jsno"], /did you mean json\?/],
        [["dir", "-r", "report.xyz"], /names no report format/],
        [["dir", "-b", "none.json"], /cannot read none\.json/],
        [["dir", "-c", "none.toml"], /cannot read none\.toml/],
        [["dir", "--enable-rule", "npm-acces-token"], /there is no rule npm-acces-token; did you mean/],
        [["dir", "--report-path"], /needs a value/],
        [["dir", "-f", "template", "-r", "x.txt"], /--report-template FILE/],
      ] as const) {
        const { status, stderr } = await patrol(args);
        assert.equal(status, 2, args.join(" "));
        assert.match(stderr, says);
      }
    }),
  );
});

describe("what is shown", () => {
  test(
    "what is shown around a finding hides the secrets of rules that are not in use, and of those that only help",
    inWorkplace(async ({ write, patrol }) => {
      const word = (id: string, more = "") => `[[rules]]\nid = "${id}"\nregex = '''${id}-([0-9a-f]{8})'''\n${more}`;
      const toml = `${word("apple", '[[rules.required]]\nid = "pear"\n')}${word("pear", "skipReport = true\n")}${word("plum")}`;
      const secrets = { apple: "01234567", pear: "89abcdef", plum: "00112233" };
      write({
        "own.toml": toml,
        [`s/${token}.txt`]: `${token} apple-${secrets.apple} pear-${secrets.pear} plum-${secrets.plum}\n`,
      });
      const shown = async (...args: string[]) => {
        const { status, stdout, stderr } = await patrol(["dir", "s", ...args]);
        assert.equal(status, 1, stderr);
        return stdout + stderr;
      };
      for (const args of [
        ["-c", "own.toml"],
        ["-c", "own.toml", "--enable-rule", "plum"],
        ["-c", "own.toml", ...JSON_OUT, "-v"],
      ]) {
        const text = await shown(...args);
        for (const secret of [token, ...Object.values(secrets)]) assert.ok(!text.includes(secret), args.join(" "));
      }
      const aws = `AKIA${randomText(7, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`;
      write({ "s/b.txt": `${token} ${aws}\n` });
      assert.ok(!(await shown("--enable-rule", "aws-access-token")).includes(token));
    }),
  );

  test(
    "a composite rule's finding names what it was found beside",
    inWorkplace(async ({ write, patrol }) => {
      write({
        "own.toml": `[[rules]]\nid = "pair"\nregex = '''key=(\\w{12})'''\n[[rules.required]]\nid = "id"\nwithinLines = 3\n[[rules]]\nid = "id"\nregex = '''id=(\\w+)'''\nkeywords = ["id="]\n`,
        "a.txt": `id=one0one\nid=two0two\nkey=aaaabbbbcccc\n\n\n\n\nid=${"far".repeat(20)}\n`,
      });
      const blocks = async (...args: string[]) => (await patrol(["dir", "a.txt", "-c", "own.toml", ...args])).stdout;
      assert.match(await blocks(), /^Required: +id:1:REDACTED\n {13}id:2:REDACTED\nWhat:/m);
      assert.match(await blocks("--show-secrets"), /^Required: +id:1:one0one\n {13}id:2:two0two\nWhat:/m);
    }),
  );

  test(
    "a finding names the place, the secret only redacted, and where to revoke it",
    inWorkplace(async ({ write, patrol }) => {
      write({ "src/a.js": `\n${line}` });
      const { stdout, stderr } = await patrol(["dir", "-v", "--no-banner", "--no-color"]);
      assert.match(stdout, /^Finding: {4} +const key = "REDACTED";$/m);
      assert.match(stdout, /^File: +src\/a\.js$/m);
      assert.match(stdout, /^Line: +2$/m);
      assert.match(stdout, /^Fingerprint: src\/a\.js:npm-access-token:2$/m);
      assert.match(stdout, /^Next: +revoke it \(.+\), then remove it from the file$/m);
      assert.ok(!`${stdout}${stderr}`.includes(token.slice(8)));
      assert.match(stderr, /leaks found: 1/);
    }),
  );

  test(
    "secrets are shown in full or in part only when asked",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      const secret = async (...args: string[]) => rows((await patrol(["dir", ...JSON_OUT, ...args])).stdout)[0]?.Secret;
      assert.equal(await secret(), "REDACTED");
      assert.equal(await secret("--redact"), "REDACTED");
      assert.equal(await secret("--redact=100"), "REDACTED");
      assert.equal(await secret("--redact=0"), token);
      assert.equal(await secret("--show-secrets"), token);
      assert.equal(await secret("--redact=75"), `${token.slice(0, 10)}...`);
    }),
  );

  test(
    "two tokens in one line hide each other's text too",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.env": `A=${token} B=${other} C=${crcToken(3)}\n` });
      for (const format of ["json", "csv", "junit", "sarif", "gitlab", "github", "html"]) {
        const { status, stdout, stderr } = await patrol(["dir", "-f", format, "-r", "-", "-v"]);
        assert.deepEqual([status, /leaks found: 3/.test(stderr), stdout === ""], [1, true, false], format);
        for (const secret of [token, other, crcToken(3)])
          assert.ok(!`${stdout}${stderr}`.includes(secret.slice(10, 20)), format);
      }
    }),
  );

  test(
    "a token in a file's own name is hidden as well",
    inWorkplace(async ({ write, patrol }) => {
      write({ [`${other}.txt`]: line });
      const { stdout, stderr } = await patrol(["dir", ...JSON_OUT, "-v"]);
      assert.ok(rows(stdout).some(({ File }) => File.endsWith(".txt")));
      assert.ok(!`${stdout}${stderr}`.includes(other.slice(10)));
    }),
  );

  test(
    "a report on standard output stands there alone",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      const { stdout } = await patrol(["dir", "-v", "-r", "-"]);
      assert.equal(rows(stdout).length, 1);
    }),
  );

  test(
    "--log-level error leaves standard error empty",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      const { status, stderr } = await patrol(["dir", "-l", "error"]);
      assert.deepEqual([status, stderr], [1, ""]);
    }),
  );

  test(
    "findings come in the same order every time",
    inWorkplace(async ({ write, patrol }) => {
      write({ "b/z.js": line, "b.js": line, "a.js": `${line}${line}`, "B.js": line });
      const { stdout } = await patrol(["dir", ...JSON_OUT]);
      assert.deepEqual(
        rows(stdout).map(({ File, StartLine }) => `${File}:${StartLine}`),
        ["B.js:1", "a.js:1", "a.js:2", "b.js:1", "b/z.js:1"],
      );
    }),
  );
});

describe("which files", () => {
  test(
    "with any number of threads the same is found, missed and counted",
    inWorkplace(async ({ write, patrol }) => {
      const files: Record<string, string | Uint8Array> = {};
      for (let i = 0; i < 2_600; i++) files[`d${i % 40}/f${i}.txt`] = i % 500 === 7 ? line : "nothing\n";
      files["d39/encoded.txt"] = Buffer.from(`  ${token}  `).toString("base64");
      files["d3/large.bin"] = Buffer.alloc(1_100_000, 65);
      files["d20/old.zip"] = "PK\x03\x04 and no more";
      write(files);
      const args = ["dir", "--max-target-megabytes", "1", "-v", ...JSON_OUT];
      const [one, three] = [await patrol([...args, "--threads", "1"]), await patrol([...args, "--threads", "3"])];
      const said = (text: string) => text.replace(/ in [0-9.]+ ?m?s/, "");
      assert.equal(rows(one.stdout.slice(0, one.stdout.lastIndexOf("]") + 1)).length, 7);
      assert.deepEqual([three.status, three.stdout], [one.status, one.stdout]);
      assert.equal(said(three.stderr), said(one.stderr));
      assert.match(one.stderr, /2602 files scanned|2603 files scanned/);
    }),
  );

  test(
    "a rule that asks for a path alone is told its files by any number of threads, whatever they hold, and once where they hold more",
    inWorkplace(async ({ write, patrol }) => {
      const files: Record<string, string> = {};
      for (let i = 0; i < 2_600; i++) files[`all/d${i % 40}/f${i}.txt`] = "nothing\n";
      for (let i = 0; i < 40; i += 10)
        Object.assign(files, { [`all/d${i}/empty.p12`]: "", [`all/d${i}/leak.p12`]: line });
      files[".gitleaks.toml"] = `[extend]\nuseDefault = true\n[[rules]]\nid = "store"\npath = '\\.p12$'\n`;
      write(files);
      for (const threads of ["1", "3"]) {
        const { stdout, stderr } = await patrol(["dir", ".", "--threads", threads, ...JSON_OUT]);
        const found = rows(stdout).map(({ RuleID, File }) => `${File} ${RuleID === "store" ? "store" : "token"}`);
        assert.deepEqual(
          found.sort(),
          [0, 10, 20, 30]
            .flatMap((i) => [`all/d${i}/empty.p12 store`, `all/d${i}/leak.p12 store`, `all/d${i}/leak.p12 token`])
            .sort(),
        );
        assert.match(stderr, /2609 files scanned/);
      }
    }),
  );

  test(
    "several paths, files and folders alike",
    inWorkplace(async ({ write, patrol }) => {
      write({ "one/a.js": line, "two/b.js": line, "three/c.js": line, "d.js": line });
      const { stdout } = await patrol(["dir", ...JSON_OUT, "one", "./two/", "d.js"]);
      assert.deepEqual(
        rows(stdout).map(({ File }) => File),
        ["d.js", "one/a.js", "two/b.js"],
      );
    }),
  );

  test(
    "an absolute path gives the same fingerprints as a relative one",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "sub/a.js": line });
      const prints = async (path: string) =>
        rows((await patrol(["dir", ...JSON_OUT, path])).stdout).map((row) => row.Fingerprint);
      assert.deepEqual(await prints(join(folder, "sub")), await prints("sub"));
    }),
  );

  test(
    "a pipe among the files is not waited for",
    inWorkplace(async ({ folder, write, patrol }) => {
      execFileSync("mkfifo", [join(folder, "pipe")]);
      write({ "a.js": line });
      assert.equal((await patrol(["dir"])).status, 1);
    }),
  );

  test(
    "names that are not UTF-8 are read all the same",
    inWorkplace(async ({ folder, patrol }) => {
      execFileSync("sh", ["-c", 'printf %s "$1" > "$(printf "a\\377b.js")"', "sh", line], { cwd: folder });
      assert.equal((await patrol(["dir"])).status, 1);
    }),
  );

  test(
    ".gitignore counts only when asked",
    inWorkplace(async ({ write, git, patrol }) => {
      git("init", "--quiet");
      write({
        ".gitignore": "*.log\n!keep.log\n/build/\n",
        "a.log": line,
        "keep.log": line,
        "build/x.js": line,
        "src/build/y.js": line,
        "src/.gitignore": "z.*\n",
        "src/z.js": line,
        "z.js": line,
      });
      const files = async (...args: string[]) =>
        rows((await patrol(["dir", ...JSON_OUT, ...args])).stdout).map(({ File }) => File);
      assert.equal((await files()).length, 6);
      assert.deepEqual(await files("--respect-gitignore"), ["keep.log", "src/build/y.js", "z.js"]);
      assert.deepEqual(await files("--respect-gitignore", "src"), ["src/build/y.js"]);
    }),
  );

  test(
    "a file over --max-target-megabytes is named, and no error: it was asked for",
    inWorkplace(async ({ write, patrol }) => {
      write({ "big.txt": "x".repeat(1_100_000), "small.txt": "x" });
      const { status, stderr } = await patrol(["dir", "--max-target-megabytes", "1"]);
      assert.equal(status, 0);
      assert.match(stderr, /note: big\.txt was left out: larger than --max-target-megabytes allows/);
      assert.match(stderr, /no leaks found; 1 left out as asked/);
    }),
  );

  test(
    "a file larger than one read is read whole",
    inWorkplace(async ({ write, patrol }) => {
      write({ "big.txt": `${"x\n".repeat(1_000_000)}${line}` });
      const { stdout } = await patrol(["dir", ...JSON_OUT]);
      assert.equal(rows(stdout)[0]?.StartLine, 1_000_001);
    }),
  );
});

describe("what is left out", () => {
  test(
    "every tool's comment beside a secret allows it, and --ignore-gitleaks-allow reports it",
    inWorkplace(async ({ write, patrol }) => {
      const marks = [
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "kingfisher:ignore",
        "pragma: allowlist secret",
        "pragma: whitelist secret",
        "ggignore",
        "secretlint-disable-line",
        "patrol:allow",
      ];
      write({
        "a.js": marks.map((mark) => `key("${token}"); // ${mark}\n`).join(""),
        "b.js": `// pragma: allowlist nextline secret\n${line}// patrol:allow-next-line\n${line}// secretlint-disable-next-line\n${line}`,
      });
      const { status, stderr } = await patrol(["dir"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /not counted: 12/);
      assert.match((await patrol(["dir", "--ignore-gitleaks-allow"])).stderr, /leaks found: 12/);
    }),
  );

  test(
    "a comment allows nothing in other lines",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": `// gitleaks:allow\n${line}// patrol:allow\n` });
      assert.equal((await patrol(["dir"])).status, 1);
    }),
  );

  test(
    ".gitleaksignore names fingerprints, .betterleaksignore digests",
    inWorkplace(async ({ write, patrol }) => {
      write({ "sub/a.js": line, "sub/b.js": `x = "${other}"\n` });
      assert.match((await patrol(["dir"])).stderr, /leaks found: 2/);
      write({ ".gitleaksignore": "# known\nsub/a.js:npm-access-token:1\n" });
      assert.match((await patrol(["dir"])).stderr, /leaks found: 1/);
      write({ ".betterleaksignore": createHash("sha256").update(other).digest("hex") });
      assert.equal((await patrol(["dir"])).status, 0);
      // The file beside what is scanned may name the paths below it.
      write({ ".gitleaksignore": "", ".betterleaksignore": "", "sub/.gitleaksignore": "a.js:npm-access-token:1\n" });
      assert.match((await patrol(["dir", "sub"])).stderr, /leaks found: 1/);
    }),
  );

  test(
    "a line of an ignore file that says nothing is named",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.txt": "x", ".gitleaksignore": "whatever\n" });
      assert.match((await patrol(["dir"])).stderr, /\.gitleaksignore:1: neither a fingerprint nor a digest/);
    }),
  );

  test(
    "a baseline knows its findings again where they moved to, redacted or not",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      await patrol(["dir", "-r", "plain.json", "--show-secrets"]);
      await patrol(["dir", "a.js", "-r", "redacted.json"]);
      write({ "a.js": `\n\n// moved\n${line}` });
      assert.equal((await patrol(["dir", "a.js"])).status, 1);
      for (const baseline of ["plain.json", "redacted.json"])
        assert.equal((await patrol(["dir", "a.js", "-b", baseline])).status, 0, baseline);
    }),
  );

  test(
    "a baseline does not cover another secret in the same place",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": line });
      await patrol(["dir", "a.js", "-r", "plain.json", "--redact=0"]);
      await patrol(["dir", "a.js", "-r", "redacted.json"]);
      write({ "a.js": line.replace(token, other) });
      for (const baseline of ["plain.json", "redacted.json"])
        assert.equal((await patrol(["dir", "a.js", "-b", baseline])).status, 1, baseline);
    }),
  );

  test(
    "--enable-rule looks for nothing else",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.js": `${line}"${crcToken(4, "ghp_")}"\n` });
      assert.match((await patrol(["dir"])).stderr, /leaks found: 2/);
      assert.match((await patrol(["dir", "--enable-rule", "npm-access-token"])).stderr, /leaks found: 1/);
    }),
  );
});
