import assert from "node:assert/strict";
import { chmodSync, cpSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken, randomText } from "../support/tokens.ts";

const JSON_OUT = ["-f", "json", "-r", "-"];
const rules = (stdout: string) => (JSON.parse(stdout) as Row[]).map(({ RuleID }) => RuleID);
const rule = (id: string, word: string) =>
  `[[rules]]\nid = "${id}"\ndescription = "a ${word}"\nregex = '''${word}-([0-9a-f]{8})'''\nkeywords = ["${word}-"]\n`;
const text = "apple-01234567 pear-89abcdef plum-00112233\n";

describe("where the rules come from", () => {
  test(
    "what was read before is kept by its text; a damaged copy, and files that it extends, change nothing of what is found",
    inWorkplace(async ({ folder, write, patrol }) => {
      const env = { XDG_CACHE_HOME: join(folder, ".cache") };
      const found = async () => rules((await patrol(["dir", "s", "-c", "own.toml", ...JSON_OUT], { env })).stdout);
      const kept = () => readdirSync(join(folder, ".cache/patrol/rules")).filter((name) => name.endsWith(".json"));
      write({ "own.toml": rule("one", "apple"), "s/a.txt": text });
      for (let run = 0; run < 2; run++) assert.deepEqual(await found(), ["one"]);
      assert.equal(kept().length, 1);
      write({ [`.cache/patrol/rules/${kept()[0]}`]: "{" });
      assert.deepEqual(await found(), ["one"]);
      write({ "own.toml": rule("two", "pear") });
      assert.deepEqual(await found(), ["two"]);
      for (const word of ["apple", "plum"]) {
        write({ "own.toml": '[extend]\npath = "more.toml"\n', "more.toml": rule(word, word) });
        assert.deepEqual(await found(), [word]);
      }
    }),
  );

  test(
    "a list of many thousand commits that every rule has is read, and kept, as often as it stands there",
    inWorkplace(async ({ folder, write, patrol }) => {
      const env = { XDG_CACHE_HOME: join(folder, ".cache") };
      const commits = Array.from({ length: 30_000 }, (_, i) => i.toString(16).padStart(40, "a"));
      const content = `[extend]\nuseDefault = true\n[allowlist]\ncommits = ${JSON.stringify(commits)}\n`;
      write({ "own.toml": content, "s/a.txt": crcToken(5) });
      for (const more of [[], ["--receipt", "receipt.json"]]) {
        const { stdout, stderr } = await patrol(["dir", "s", "-c", "own.toml", ...JSON_OUT, ...more], { env });
        assert.deepEqual(rules(stdout || "[]"), ["npm-access-token"], stderr);
      }
      const [kept = ""] = readdirSync(join(folder, ".cache/patrol/rules")).filter((name) => name.endsWith(".json"));
      assert.ok(statSync(join(folder, ".cache/patrol/rules", kept)).size < 2 * content.length);
    }),
  );

  test(
    "what others could have put among what is kept is not taken",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "own.toml": rule("own", "apple"), "another.toml": rule("planted", "apple"), "s/a.txt": text });
      const kept = join(folder, ".cache/patrol/rules");
      const found = async (config = "own.toml", cache = join(folder, ".cache")) =>
        rules((await patrol(["dir", "s", "-c", config, ...JSON_OUT], { env: { XDG_CACHE_HOME: cache } })).stdout);
      const files = () => readdirSync(kept).filter((name) => name.endsWith(".json"));
      await found();
      const [name = ""] = files();
      await found("another.toml");
      const plant = () => {
        const other = files().find((file) => file !== name);
        if (other) renameSync(join(kept, other), join(kept, name));
      };
      plant();
      assert.deepEqual(await found(), ["planted"], "else the cases below would prove nothing");
      cpSync(join(folder, ".cache/patrol"), join(folder, "brought/patrol"), { recursive: true });
      chmodSync(kept, 0o777);
      assert.deepEqual(await found(), ["own"], "a folder that anybody may write");
      chmodSync(kept, 0o700);
      chmodSync(join(kept, name), 0o666);
      assert.deepEqual(await found(), ["own"], "a file that anybody may write");
      rmSync(join(kept, name));
      assert.deepEqual(await found("own.toml", "brought"), ["own"], "a folder that what is scanned brought along");
    }),
  );

  test(
    "what is kept of a configuration is no finding, though it lies in what is scanned",
    inWorkplace(async ({ folder, write, patrol }) => {
      const env = { XDG_CACHE_HOME: join(folder, "kept") };
      write({ ".gitleaks.toml": `[[rules]]\nid = "own"\nregex = "apple-own"\n`, "a.txt": "apple-own\n" });
      for (let run = 0; run < 2; run++) {
        const { stdout } = await patrol(["dir", ".", ...JSON_OUT], { env });
        assert.deepEqual(rules(stdout), ["own"]);
      }
      assert.ok(readdirSync(join(folder, "kept/patrol/rules")).length > 0);
    }),
  );

  test(
    "--config goes before the variables, and those before a file in what is scanned",
    inWorkplace(async ({ write, patrol }) => {
      write({ "flag.toml": rule("by-flag", "apple"), "env.toml": rule("by-path", "pear"), "s/a.txt": text });
      const toml = rule("by-content", "plum");
      const found = async (args: string[], env: Record<string, string> = {}) =>
        rules((await patrol(["dir", "s", ...JSON_OUT, ...args], { env })).stdout);
      assert.deepEqual(await found([]), []);
      assert.deepEqual(await found([], { GITLEAKS_CONFIG_TOML: toml }), ["by-content"]);
      assert.deepEqual(await found([], { GITLEAKS_CONFIG_TOML: toml, GITLEAKS_CONFIG: "env.toml" }), ["by-path"]);
      assert.deepEqual(await found([], { BETTERLEAKS_CONFIG_TOML: toml, GITLEAKS_CONFIG: "env.toml" }), ["by-content"]);
      assert.deepEqual(await found([], { PATROL_CONFIG: "flag.toml", BETTERLEAKS_CONFIG: "env.toml" }), ["by-flag"]);
      assert.deepEqual(await found(["-c", "flag.toml"], { GITLEAKS_CONFIG: "env.toml" }), ["by-flag"]);
      write({ "s/.gitleaks.toml": rule("in-target", "plum") });
      assert.deepEqual(await found([]), ["in-target"]);
      assert.deepEqual(await found(["-c", "flag.toml"]), ["by-flag"]);
      write({ "s/.patrol.toml": rule("ours", "pear") });
      assert.deepEqual(await found([]), ["ours"]);
    }),
  );

  test(
    "rules that lie in what is scanned are told of",
    inWorkplace(async ({ write, patrol }) => {
      write({ ".gitleaks.toml": rule("mine", "apple"), "a.txt": "x" });
      assert.match((await patrol(["dir"])).stderr, /\.gitleaks\.toml, which lies in what is scanned/);
    }),
  );

  test(
    "a configuration that is wrong stops the scan with 2 and says where",
    inWorkplace(async ({ write, patrol }) => {
      const wrong: Record<string, readonly [toml: string, says: RegExp]> = {
        "broken.toml": ["[[rules]\n", /broken\.toml/],
        "pattern.toml": [`[[rules]]\nid = "x"\nregex = '''('''\n`, /rule x/],
        "nameless.toml": [`[[rules]]\nregex = "a"\n`, /rules\.0\.id: every rule needs an id/],
        // Of this one gitleaks says "no leaks found", whatever it scans.
        "ruleless.toml": [`[[allowlists]]\npaths = ["x"]\n`, /it holds no rule.*useDefault = true below \[extend\]/],
      };
      write({ "a.txt": text });
      for (const [name, [toml, says]] of Object.entries(wrong)) {
        write({ [name]: toml });
        const { status, stderr } = await patrol(["dir", "a.txt", "-c", name]);
        assert.equal(status, 2, name);
        assert.match(stderr, says);
      }
    }),
  );
});

describe("what gitleaks gets wrong", () => {
  test(
    "a token is not dropped for the letters of a word in it",
    inWorkplace(async ({ write, patrol }) => {
      // gitleaks' own allowlist reads ^true|false|null$ as three patterns, so a secret that holds "false" is never told.
      const body = `true${randomText(5, 12)}false${randomText(6, 9)}null`;
      write({
        "a.env": `KEY=${body}\n`,
        "c.toml": `[[rules]]\nid = "key"\ndescription = "key"\nregex = '''KEY=(\\w{30,40})'''\n`,
      });
      assert.deepEqual(rules((await patrol(["dir", "-c", "c.toml", ...JSON_OUT])).stdout), ["key"]);
    }),
  );

  test(
    "lock files, node_modules and documents are scanned like everything else",
    inWorkplace(async ({ write, patrol }) => {
      const line = `x = "${crcToken(31)}"\n`;
      write({
        "package-lock.json": line,
        "node_modules/a/index.js": line,
        "go.sum": line,
        "jquery.min.js": line,
        "letter.docx": line,
      });
      assert.match((await patrol(["dir"])).stderr, /leaks found: 5/);
    }),
  );

  test(
    "UTF-16 is read",
    inWorkplace(async ({ write, patrol }) => {
      write({ "a.txt": Buffer.from(`\ufeffkey = "${crcToken(32)}"\r\n`, "utf16le") });
      assert.match((await patrol(["dir"])).stderr, /leaks found: 1/);
    }),
  );

  test(
    "archives are opened when asked, and told of when not",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "in/a.js": `"${crcToken(33)}"` });
      const { execFileSync } = await import("node:child_process");
      execFileSync("tar", ["-czf", "x.tgz", "in"], { cwd: folder });
      const { status, stderr } = await patrol(["dir", "x.tgz"]);
      assert.equal(status, 0);
      assert.match(stderr, /not opened: 1 archive; --max-archive-depth/);
      const opened = await patrol(["dir", "x.tgz", "--max-archive-depth", "1", ...JSON_OUT]);
      assert.deepEqual(
        (JSON.parse(opened.stdout) as Row[]).map(({ File }) => File),
        ["x.tgz!in/a.js"],
      );
      write({ "cut.tgz": Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]) });
      assert.equal((await patrol(["dir", "cut.tgz", "--max-archive-depth", "1"])).status, 2);
    }),
  );
});

describe("shells", () => {
  test(
    "completion knows every command and flag, and bash can read it",
    inWorkplace(async ({ patrol }) => {
      const { execFileSync } = await import("node:child_process");
      for (const shell of ["bash", "zsh", "fish", "powershell"]) {
        const { stdout, status } = await patrol(["completion", shell]);
        assert.equal(status, 0);
        for (const word of ["git", "dir", "stdin", "serve", "report-format"])
          assert.ok(stdout.includes(word), `${shell} ${word}`);
        if (shell === "bash") {
          const script = `${stdout}\nCOMP_WORDS=(patrol dir --rep); COMP_CWORD=2; _patrol; echo "\${COMPREPLY[@]}"`;
          assert.equal(
            execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim(),
            "--report-path --report-format --report-template",
          );
        }
      }
      assert.equal((await patrol(["completion"])).status, 2);
    }),
  );

  test(
    "the manual page in docs/ is the one that the program prints",
    inWorkplace(async ({ patrol }) => {
      const { readFileSync } = await import("node:fs");
      assert.equal((await patrol(["manual"])).stdout, readFileSync("docs/patrol.1", "utf8"));
    }),
  );
});
