import assert from "node:assert/strict";
import { test } from "vitest";
import { inWorkplace } from "../support/patrol.ts";

/** Command lines that cannot be meant, and what of the answer leads on. */
const WRONG: readonly (readonly [line: string, status: number, says: RegExp])[] = [
  ["gti", 2, /did you mean patrol git\?/],
  ["scan .", 2, /patrol git scans a history, patrol dir files/],
  ["stdin a.txt", 2, /takes no "a\.txt"; patrol dir a\.txt scans a file/],
  ["baseline a.txt", 2, /patrol baseline takes no "a\.txt"/],
  ["git HEAD~1..HEAD", 2, /commits are chosen by --log-opts=HEAD~1\.\.HEAD/],
  ["git --redact 50", 2, /the percentage stands behind =: --redact=50/],
  ["git --staged nowhere", 2, /there is no folder nowhere/],
  ["protect -s nowhere", 2, /there is no folder nowhere/],
  ["detect nowhere", 2, /there is no folder nowhere/],
  ["dir --log-opts=x", 126, /unknown flag: --log-opts; it belongs to patrol git/],
  ["git --follow-symlinks", 126, /unknown flag: --follow-symlinks; it belongs to patrol dir/],
  ["git --no-git", 126, /unknown flag: --no-git; patrol dir PATH scans files/],
  ["git -s .", 126, /unknown flag: -s; what is scanned stands behind the command: patrol git PATH/],
  ["dir --validation", 126, /unknown flag: --validation; --verify asks/],
  ["dir --exit-code 256", 2, /--exit-code is a number from 0 to 255, not 256/],
  ["dir --redact=101", 2, /--redact is a number from 0 to 100, not 101/],
  ["dir -f xml -r a", 2, /cannot be "xml"; it may be json, csv/],
  ["dir -r nowhere/a.json", 2, /--report-path: there is no folder nowhere to write into/],
  ["dir -b a.txt", 2, /no JSON report; make one with --report-path known\.json/],
  [
    "hook install --config a.toml",
    2,
    /install takes no --config; .*in the hook itself, behind `patrol_hook pre-commit`/,
  ],
  ["hook install pre-push", 2, /install takes no "pre-push"; --type chooses/],
  ["hook install --no-bypass", 2, /install takes no --no-bypass; it takes --global and --type/],
  ["hook uninstall -v", 2, /uninstall takes no --verbose/],
  ["hook doctor --global", 2, /doctor takes no --global; it takes --type/],
  ["hook run pre-commit --type pre-push", 2, /run takes no --type; the type is a word/],
  ["hook agent --redact", 2, /agent takes no --redact; `patrol help hook`/],
  ["import foo", 2, /there is no import from foo; known are gitleaks, /],
  ["import", 2, /which tool's files\? patrol import gitleaks\|/],
];

test(
  "what is typed wrong is answered with the way out, and never scans something else instead",
  inWorkplace(async ({ git, commit, patrol }) => {
    git("init", "--quiet");
    commit("One", { "a.txt": "x\n" });
    for (const [line, status, says] of WRONG) {
      const ran = await patrol(line.split(" "));
      assert.equal(ran.status, status, line);
      assert.match(ran.stderr, says);
      assert.equal(ran.stdout, "", line);
    }
  }),
);
