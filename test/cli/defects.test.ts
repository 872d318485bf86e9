import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(41);

describe("what other scanners get wrong", () => {
  test(
    "a report that is written to a file does not turn a finding into a success",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "a.js": `"${token}"` });
      for (const name of ["r.json", "r.sarif", "r.csv", "r.xml", "r.html"]) {
        assert.equal((await patrol(["dir", "a.js", "-r", name])).status, 1, name);
        assert.ok(!readFileSync(join(folder, name), "utf8").includes(token), name);
      }
    }),
  );

  test(
    "a repository that git calls dubious or broken is not called clean",
    inWorkplace(async ({ git, commit, write, patrol }) => {
      git("init", "--quiet");
      const id = commit("One", { "a.js": "x\n" });
      write({ [`.git/objects/${id.slice(0, 2)}/${id.slice(2)}.tmp`]: "x" });
      write({ ".git/refs/heads/broken": `${"1".repeat(40)}\n` });
      const { status, stderr } = await patrol(["git"]);
      assert.equal(status, 2);
      assert.match(stderr, /could not be scanned, so this is no clean result/);
    }),
  );

  test(
    "redaction reaches the match too, and a rule's helper findings are not printed at all",
    inWorkplace(async ({ write, patrol }) => {
      const toml = `[[rules]]\nid = "pair"\ndescription = "pair"\nregex = '''key=(\\w{12})'''\n[[rules.required]]\nid = "id"\nwithinLines = 3\n[[rules]]\nid = "id"\ndescription = "id"\nregex = '''id=(\\w{12})'''\nskipReport = true\n`;
      write({ "c.toml": toml, "a.txt": "id=abcdefabcdef\nkey=012345678901\n" });
      const { stdout } = await patrol(["dir", "a.txt", "-c", "c.toml", "-r", "-"]);
      const rows = JSON.parse(stdout) as Row[];
      assert.deepEqual(
        rows.map(({ RuleID, Match }) => [RuleID, Match]),
        [["pair", "key=REDACTED"]],
      );
      assert.ok(!stdout.includes("012345678901") && !stdout.includes("abcdefabcdef"));
    }),
  );

  test(
    "a secret beyond ASCII is shown as it stands in the file, and known again by its text and by its digest",
    inWorkplace(async ({ write, patrol }) => {
      const secret = "\u00fcber-\u5bc6\u7801-\u{1f511}";
      write({
        "c.toml": `[[rules]]\nid = "word"\ndescription = "word"\nregex = '''pass: (\\S+)'''\n`,
        "a.yml": `pass: ${secret}\n`,
      });
      const { stdout } = await patrol(["dir", "a.yml", "-c", "c.toml", "-r", "known.json", "--redact=0", "-v"]);
      assert.match(stdout, new RegExp(`^Secret: +${secret}$`, "mu"));
      assert.equal((await patrol(["dir", "a.yml", "-c", "c.toml", "-b", "known.json"])).status, 0);
      write({ ".betterleaksignore": createHash("sha256").update(secret).digest("hex") });
      assert.equal((await patrol(["dir", "a.yml", "-c", "c.toml"])).status, 0);
    }),
  );

  test(
    "a pattern that would backtrack for ever does not",
    inWorkplace(async ({ write, patrol }) => {
      write({
        "c.toml": `[[rules]]\nid = "slow"\ndescription = "slow"\nregex = '''(a+)+b'''\n`,
        "a.txt": `${"a".repeat(200)}c\n`,
        "b.txt": `${"a".repeat(200)}b\n`,
      });
      assert.equal((await patrol(["dir", "a.txt", "-c", "c.toml"])).status, 0);
      assert.equal((await patrol(["dir", "b.txt", "-c", "c.toml"])).status, 1);
    }),
  );
});
