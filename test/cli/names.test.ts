import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

/** Its first letters tell its kind and are no secret; the rest must stand nowhere. */
const within = (text: string, tokens: readonly string[]) => tokens.filter((token) => text.includes(token.slice(8)));

test(
  "tokens in names of folders, branches, authors and remotes stand in no report, link or message",
  inWorkplace(async ({ folder, git, commit, write, patrol }) => {
    const [content, name, branch, author, remote, said] = Array.from({ length: 6 }, (_, i) => crcToken(60 + i));
    git("init", "--quiet", "--initial-branch=main");
    git("config", "user.name", author!);
    git("remote", "add", "origin", `https://ada:${remote}@github.com/acme/app.git`);
    commit(`Say ${said}`, { [`${name}/a.js`]: `key = "${content}"\n` });
    git("branch", `b-${branch}`);
    write({ ".gitleaksignore": `${name}\n` });
    const tokens = [content!, name!, branch!, author!, remote!, said!];
    for (const format of ["json", "html", "gitlab", "sarif"]) {
      const args = ["git", ".", "--verbose", "--report-format", format, "--report-path", "report"];
      const { status, stdout, stderr } = await patrol([...args, `--log-opts=b-${branch}`]);
      assert.equal(status, 1, stderr);
      const report = readFileSync(join(folder, "report"), "utf8");
      assert.deepEqual(within(stdout + stderr + report, tokens), [], format);
    }
  }),
);

test(
  "a place whose path holds no token is linked to as ever",
  inWorkplace(async ({ git, commit, patrol }) => {
    git("init", "--quiet", "--initial-branch=main");
    git("remote", "add", "origin", "https://github.com/acme/app.git");
    const id = commit("One", { "a.js": `key = "${crcToken(60)}"\n` });
    const { stdout } = await patrol(["git", "."]);
    assert.match(stdout, new RegExp(`^Link: +https://github\\.com/acme/app/blob/${id}/a\\.js#L1$`, "m"));
  }),
);

test(
  "a token in an argument, in a file's name or in a line that cannot be read stands in no message",
  inWorkplace(async ({ write, patrol }) => {
    const token = crcToken(66);
    write({ [`${token}.toml`]: `key = ${token}\n`, "c.toml": `[[rules]]\nid = "${token}"\nregex = "(("\n` });
    for (const args of [
      [token],
      ["dir", ".", `--${token}`],
      ["dir", ".", "--config", `${token}.toml`],
      ["dir", ".", "--config", "c.toml"],
      ["git", token],
    ]) {
      const { status, stdout, stderr } = await patrol(args);
      assert.ok(status === 2 || status === 126, `${status}`);
      assert.match(stderr, /^patrol: ./);
      assert.deepEqual(within(stdout + stderr, [token]), []);
    }
    const secret = "correct horse battery staple";
    write({ "d.toml": `stopwords = ["${secret}"\nx\n` });
    const { stderr } = await patrol(["dir", ".", "--config", "d.toml"]);
    assert.match(stderr, /d\.toml.*not TOML: line \d/);
    assert.ok(!stderr.includes(secret));
  }),
);
