import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken, randomText } from "../support/tokens.ts";

const token = (seed: number) => crcToken(7000 + seed);
const JSON_OUT = ["-f", "json", "-r", "-", "--show-secrets"];

async function rowsOf({ patrol }: Workplace, ...args: string[]): Promise<Row[]> {
  const { stdout, stderr } = await patrol(["git", ...JSON_OUT, ...args]);
  assert.doesNotMatch(stderr, /not scanned/);
  return JSON.parse(stdout) as Row[];
}

/** Makes commits of what `git fast-import` reads. @returns the ids by mark. */
function imported({ folder, git }: Workplace, script: string | Buffer): (mark: number) => string {
  const marks = join(folder, ".git/marks");
  execFileSync("git", ["-C", folder, "fast-import", "--quiet", "--force", `--export-marks=${marks}`], {
    input: script,
  });
  return (mark) =>
    git(
      "rev-parse",
      `${execFileSync("sed", ["-n", `s/^:${mark} //p`, marks])
        .toString()
        .trim()}`,
    );
}

/** A string holds one byte a character. */
const data = (text: string | Buffer) =>
  `data ${text.length}\n${typeof text === "string" ? text : text.toString("latin1")}\n`;

describe("a finding's row", () => {
  test(
    "tells who wrote the commit, when, and what they said",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      const pem = (word: string) => `-----${word} ${"PRIVATE KEY"}-----`;
      const key = [pem("BEGIN"), randomText(1, 64), randomText(2, 64), pem("END")].join("\r\n");
      const id = imported(
        place,
        Buffer.from(
          [
            "commit refs/heads/main\nmark :1\nauthor J\xf6rg M\xfcller <j@example.org> 1000000000 -0930\n",
            "committer Someone Else <else@example.org> 1500000000 +0000\nencoding ISO-8859-1\n",
            data(Buffer.from("Schl\xfcssel\n\nMore of it.\n", "latin1")),
            `M 100644 inline keys/a b.pem\n${data(`one\r\n  ${key}\r\n`)}`,
            "commit refs/heads/main\nmark :2\nauthor <nobody> 4102444799 +1400\n",
            `committer <nobody> 1500000001 +0000\n${data("")}from :1\n`,
            `M 100644 inline "gr\\303\\274n/\\360\\237\\230\\200.txt"\n${data(`\xc3\xbc\t"${token(1)}"`)}`,
          ].join(""),
          "latin1",
        ),
      );
      const [row, pemRow, ...more] = await rowsOf(place);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [pemRow?.Commit, pemRow?.File, pemRow?.Author, pemRow?.Email, pemRow?.Date, pemRow?.Message],
        [id(1), "keys/a b.pem", "Jörg Müller", "j@example.org", "2001-09-09T01:46:40Z", "Schlüssel\n\nMore of it."],
      );
      assert.deepEqual(
        [pemRow?.StartLine, pemRow?.StartColumn, pemRow?.EndLine, pemRow?.EndColumn, pemRow?.Secret],
        [2, 3, 5, 25, key],
      );
      assert.equal(pemRow?.Fingerprint, `${id(1)}:keys/a b.pem:private-key:2`);
      assert.deepEqual(
        [row?.Commit, row?.File, row?.StartLine, row?.StartColumn, row?.EndColumn, row?.Author, row?.Email],
        [id(2), "grün/😀.txt", 1, 5, 44, "", "nobody"],
      );
      assert.deepEqual([row?.Date, row?.Message], ["2099-12-31T23:59:59Z", ""]);
    }),
  );

  test(
    "stands where the secret is, be it a message, a name, a note, or kept aside",
    inWorkplace(async (place) => {
      const { git, commit, write, patrol } = place;
      git("init", "--quiet", "--initial-branch=main");
      const first = commit(`Say it\n\nwith ${token(1)}`, { "a.txt": "one\n" });
      const second = commit("Names", { [`deep/in/a/folder/with/a/long/name/x-${token(2)}/file.txt`]: "two\n" });
      git("tag", "--annotate", "v1", "--message", `tagged\n${token(3)}`, first);
      git("notes", "add", "--message", `noted ${token(4)}`, first);
      git("branch", `fix/${token(5)}`);
      write({ "a.txt": `one\n${token(6)}\n` });
      git("add", "a.txt");
      write({ "a.txt": `one\n${token(6)}\n${token(7)}\n`, "untracked.txt": `${token(8)}\n` });
      git("stash", "push", "--quiet", "--include-untracked");
      git("checkout", "--quiet", "--detach");
      const alone = commit("Alone", { "d.txt": token(9) });
      // Only the log of HEAD knows of this one: no ref reaches it.
      git("checkout", "--quiet", "main");
      git("branch", "kept", alone);
      commit("Lost", { "lost.txt": token(10) });
      git("reset", "--quiet", "--hard", "HEAD~1");
      const rows = await rowsOf(place);
      const id = (name: string) => git("rev-parse", name);
      const found = rows.map(({ Secret, Commit, File, StartLine, StartColumn }) => [
        Secret,
        Commit,
        File,
        `${StartLine}.${StartColumn}`,
      ]);
      const named = `deep/in/a/folder/with/a/long/name/x-${token(2)}`;
      assert.deepEqual(
        found.sort(),
        [
          [token(1), first, "(commit message)", "3.6"],
          [token(2), second, named, `1.${named.indexOf("npm_") + 1}`],
          [token(3), first, "(tag message)", "2.1"],
          [token(4), id("refs/notes/commits"), first, "1.7"],
          [token(5), "", "(ref name)", "1.16"],
          [token(6), id("stash^2"), "a.txt", "2.1"],
          [token(7), id("stash"), "a.txt", "3.1"],
          [token(8), id("stash^3"), "untracked.txt", "1.1"],
          [token(9), alone, "d.txt", "1.1"],
        ].sort(),
      );
      assert.deepEqual(await rowsOf(place, "--log-opts=--all --date-order"), rows);
      const { stdout, stderr } = await patrol(["git", "-v"]);
      for (let seed = 1; seed < 10; seed++) assert.ok(!`${stdout}${stderr}`.includes(token(seed).slice(-8)), `${seed}`);
    }),
  );
});

describe("--log-opts", () => {
  test(
    "chooses commits as git does; each tells what it brought, whatever came before",
    inWorkplace(async (place) => {
      const { git } = place;
      git("init", "--quiet");
      const [one, two, three] = [token(1), token(2), token(3)];
      const file = (path: string, text: string) => `M 100644 inline ${path}\n${data(text)}`;
      const commit = (mark: number, when: number, who: string, from: string, ...files: string[]) =>
        [
          `commit refs/heads/main\nmark :${mark}\nauthor ${who} <a@example.org> ${when} +0000\n`,
          `committer ${who} <a@example.org> ${when} +0000\n${data(`number ${mark}`)}${from}`,
          ...files,
        ].join("");
      const id = imported(
        place,
        [
          commit(1, 1_600_000_000, "Ada", "", file("a.txt", `${one}\n`)),
          commit(2, 1_610_000_000, "Bob", "from :1\n", file("a.txt", "gone\n")),
          commit(3, 1_615_000_000, "Bob", "from :1\n", file("lib/side.txt", `${two}\n`)),
          commit(4, 1_620_000_000, "Ada", "from :2\nmerge :3\n", file("lib/side.txt", `${two}\n${three}\n`)),
          commit(5, 1_630_000_000, "Bob", "from :4\n", file("a.txt", `${one}\n`)),
        ].join(""),
      );
      const numbers = new Map([1, 2, 3, 4, 5].map((mark) => [id(mark), mark]));
      const found = async (options: string) =>
        (await rowsOf(place, `--log-opts=${options}`))
          .map(({ Commit, File, StartLine }) => `${numbers.get(Commit)} ${File}:${StartLine}`)
          .sort();
      const all = ["1 a.txt:1", "3 lib/side.txt:1", "4 lib/side.txt:2"];
      assert.deepEqual(await found("main"), all);
      assert.deepEqual(await found("--no-merges main"), all.slice(0, 2));
      assert.deepEqual(await found("--first-parent main"), ["1 a.txt:1", "4 lib/side.txt:1", "4 lib/side.txt:2"]);
      assert.deepEqual(await found("--since=2021-05-01 main"), ["4 lib/side.txt:2", "5 a.txt:1"]);
      assert.deepEqual(await found("-1 main"), ["5 a.txt:1"]);
      assert.deepEqual(await found("--author=Bob main"), ["3 lib/side.txt:1", "5 a.txt:1"]);
      assert.deepEqual(await found("--full-history main -- lib"), all.slice(1));
      assert.deepEqual(await found(`${id(3)}..main`), ["4 lib/side.txt:2", "5 a.txt:1"]);
    }),
  );

  test(
    "goes by the order of commits, and by every side of a merge, where it was asked to",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      const commit = (mark: number, from: string, text: string) =>
        [
          `commit refs/heads/main\nmark :${mark}\ncommitter Ada <a@example.org> ${1_600_000_000 + mark} +0000\n`,
          `${data(`number ${mark}`)}${from}M 100644 inline a.txt\n${data(text)}`,
        ].join("");
      // Two and three are the side that brings the secret and takes it out again.
      const id = imported(
        place,
        [
          commit(1, "", "x\n"),
          commit(2, "from :1\n", `${token(1)}\n`),
          commit(3, "from :2\n", "x\n"),
          commit(4, "from :1\n", "x\n"),
          commit(5, "from :4\nmerge :3\n", "x\n"),
        ].join(""),
      );
      const found = async (options: string) =>
        (await rowsOf(place, `--log-opts=${options}`)).map(({ Commit }) => Commit);
      assert.deepEqual(await found("main -- a.txt"), [], "git follows the side that has the file as it is");
      assert.deepEqual(await found("--full-history main -- a.txt"), [id(2)]);
      assert.deepEqual(await found("-n 3 main"), []);
      assert.deepEqual(await found("--topo-order -n 3 main"), [id(2)]);
      assert.deepEqual(await found("--topo-order --full-history"), [id(2)]);
    }),
  );
});
