// Names of files and folders are texts: of folders, of what is staged and of commits about to be made as of histories.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { builtProgram, tries } from "../support/hooks.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

beforeAll(builtProgram);

const [one, two, three, four] = [crcToken(71), crcToken(72), crcToken(73), crcToken(74)] as const;
const tokens = [one, two, three, four];
const encoded = Buffer.from(` ${four} is in here `).toString("base64url");

interface Told {
  readonly status: number | null;
  readonly rows: readonly Row[];
  readonly stderr: string;
}

async function told({ patrol }: Workplace, ...args: readonly string[]): Promise<Told> {
  const { status, stdout, stderr } = await patrol([...args, "-f", "json", "-r", "-"]);
  return { status, rows: JSON.parse(stdout || "[]") as Row[], stderr };
}

/** Tokens by their number here, so that a test that fails prints none. */
const numbered = (text: string) => tokens.reduce((words, token, at) => words.replaceAll(token, `<${at + 1}>`), text);

/** `path number`, for what is told without redaction. */
const places = async (place: Workplace, ...args: readonly string[]) =>
  (await told(place, ...args, "--show-secrets")).rows.map(({ File, Secret }) => numbered(`${File} ${Secret}`)).sort();

/** What a report says of a place, with the commit left out. */
const withoutCommit = ({ Commit, Author, Email, Date, Message, Fingerprint, ...row }: Row) => ({
  ...row,
  Fingerprint: Fingerprint.replace(new RegExp(`^${Commit}:`), Commit === "" ? "$&" : ""),
  hasCommit: [Author, Email, Date, Message].every((text) => text !== ""),
});

const NAMES = {
  [`a/${one}.txt`]: "1\n",
  [`${two}/b.txt`]: "2\n",
  [`c/${two}-again/d.txt`]: "3\n",
  [`x\n${three}`]: "4\n",
  [`deep/er/${encoded}`]: "5\n",
  "plain.txt": "6\n",
};

describe("patrol dir", () => {
  test(
    "tells of names what a history tells of them, but at each path",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      place.commit("Names", NAMES);
      const inHistory = await told(place, "git", "--platform=none");
      const inFolder = await told(place, "dir");
      assert.equal(inHistory.rows.length, 5);
      const shown = ({ rows }: Told, hasCommit: boolean) => rows.map((row) => ({ ...withoutCommit(row), hasCommit }));
      assert.deepEqual(shown(inFolder, false), shown(inHistory, false));
      assert.deepEqual([inFolder.status, inHistory.status], [1, 1]);
      assert.match(inFolder.stderr, /^6 files scanned.*\nleaks found: 5$/m);
      place.write({ [`e/${one}.txt`]: "7\n" });
      assert.deepEqual(
        (await places(place, "dir")).filter((line) => line.endsWith("<1>")),
        ["a/<1>.txt <1>", "e/<1>.txt <1>"],
      );
    }),
  );

  test(
    "shows no token of a name anywhere, in whatever format, and redacts it as asked",
    inWorkplace(async (place) => {
      const { folder, write, patrol } = place;
      write(NAMES);
      for (const format of ["json", "csv", "sarif", "html", "gitlab", "junit"]) {
        const args = [
          "dir",
          "--verbose",
          "--report-format",
          format,
          "--report-path",
          "../report",
          "--receipt",
          "../receipt",
        ];
        mkdirSync(join(folder, "in"), { recursive: true });
        const { status, stdout, stderr } = await patrol(args.map((word) => word.replace("../", "in/")));
        assert.equal(status, 1, stderr);
        const all = [
          stdout,
          stderr,
          ...["in/report", "in/receipt"].map((path) => readFileSync(join(folder, path), "utf8")),
        ];
        const seen = tokens.filter((token) => all.some((text) => text.includes(token.slice(8))));
        assert.equal(seen.length, 0, format);
        assert.ok(!all.some((text) => text.includes(encoded)), format);
      }
      const { rows } = await told(place, "dir", "a", "--redact=50");
      assert.deepEqual(
        rows.map(({ Secret }) => Secret.length > 10 && one.startsWith(Secret.slice(0, 10)) && !Secret.includes(one)),
        [true],
      );
    }),
  );

  test(
    "tells names below the folder that it was given, links' and empty folders' too, and none above or of what it leaves out",
    inWorkplace(async (place) => {
      const { folder, write } = place;
      write({ [`${one}/in/a.txt`]: "1\n", [`.git/${two}`]: "2\n" });
      assert.deepEqual(await places(place, "dir", `${one}/in`), []);
      assert.deepEqual(await places(place, "dir", join(folder, one, "in")), []);
      symlinkSync("nowhere", join(folder, one, "in", `to-${two}`));
      mkdirSync(join(folder, one, "in", `of ${three}`));
      const expected = [`<1>/in/of <3> <3>`, `<1>/in/to-<2> <2>`];
      assert.deepEqual(await places(place, "dir", `${one}/in`), expected);
      assert.deepEqual(await places(place, "dir", `${one}/in`, "--follow-symlinks"), expected);
      assert.deepEqual(await places(place, "dir"), ["<1> <1>", ...expected]);
      // However often a folder is asked for.
      assert.deepEqual(await places(place, "dir", ".", one, join(folder, one)), ["<1> <1>", ...expected]);
    }),
  );

  test(
    "tells the own name of a file that is named as an argument",
    inWorkplace(async (place) => {
      place.write({ [`${one}/${two}.txt`]: "1\n", [`${three}.txt`]: "2\n" });
      assert.deepEqual(await places(place, "dir", `${one}/${two}.txt`, `${three}.txt`), [
        "<1>/<2>.txt <2>",
        "<3>.txt <3>",
      ]);
    }),
  );

  test(
    "leaves out names that git ignores only where it was asked to",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      place.write({ ".gitignore": "npm_*\n!*.txt\n", [`${one}/a`]: "1\n", [`${two}`]: "2\n", [`${three}.txt`]: "3\n" });
      symlinkSync("nowhere", join(place.folder, four));
      assert.deepEqual(await places(place, "dir"), ["<1> <1>", "<2> <2>", "<3>.txt <3>", "<4> <4>"]);
      assert.deepEqual(await places(place, "dir", "--respect-gitignore"), ["<3>.txt <3>"]);
    }),
  );

  test(
    "follows a link to where it leads, and tells the names there with the way",
    inWorkplace(async (place) => {
      const { folder, write } = place;
      write({ [`there/${one}/a.txt`]: "1\n", "here/b.txt": "2\n" });
      symlinkSync("../there", join(folder, "here", "link"));
      const { rows } = await told(place, "dir", "here", "--follow-symlinks", "--show-secrets");
      assert.deepEqual(
        rows.map(({ File, SymlinkFile }) => [File, SymlinkFile].map(numbered)),
        [["there/<1>", "here/link/<1>"]],
      );
    }),
  );

  test(
    "reads names that are no UTF-8, and tells them by what can be shown",
    inWorkplace(async (place) => {
      const path = Buffer.concat([
        Buffer.from(`${place.folder}/`),
        Buffer.from([0xff, 0x2d]),
        Buffer.from(`${one}-`),
        Buffer.from([0xfe]),
      ]);
      writeFileSync(path, "1\n");
      place.git("init", "--quiet");
      assert.deepEqual(await places(place, "dir"), ["\ufffd-<1>-\ufffd <1>"]);
      place.git("add", "--all");
      assert.deepEqual(await places(place, "git", "--staged"), ["\ufffd-<1>-\ufffd <1>"]);
      place.commit("One");
      assert.deepEqual(await places(place, "git"), ["\ufffd-<1>-\ufffd <1>"]);
    }),
  );

  test(
    "takes ignore files, baselines, marks and allowlists into account as for contents",
    inWorkplace(async (place) => {
      const { write, patrol } = place;
      write({ [`in/a/${one}.txt`]: "1\n" });
      const count = async (...args: string[]) => (await told(place, "dir", ...args)).rows.length;
      const [row] = (await told(place, "dir", "in")).rows;
      assert.equal(await count("in"), 1);
      assert.equal((await patrol(["dir", "in", "-f", "json", "-r", "base.json"])).status, 1);
      assert.equal(await count("in", "-b", "base.json"), 0);
      write({ "by-print": `${row!.Fingerprint}\n` });
      assert.equal(await count("in", "-i", "by-print"), 0);
      write({ "by-path.toml": "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''^in/a/''']\n" });
      assert.equal(await count("in", "-c", "by-path.toml"), 0);
      assert.equal((await patrol(["dir", "in", "--exit-code=7"])).status, 7);
      const other = crcToken(75);
      write({ [`marked/${other} patrol:allow.txt`]: "2\n" });
      assert.equal(await count("marked"), 0);
      assert.equal(await count("marked", "--ignore-gitleaks-allow"), 1);
    }),
  );

  test(
    "holds rules of one's own against each name alone, with the keyword in any name of its path",
    inWorkplace(async (place) => {
      const rule = (id: string, regex: string, more = "") => `[[rules]]\nid = "${id}"\nregex = '''${regex}'''\n${more}`;
      place.write({
        "own.toml": [
          rule("whole", "^(tok-[0-9]{6})$"),
          rule("keyed", "[0-9a-f]{10}", 'keywords = ["zebra"]\n'),
          rule("path", "", "path = '''\\.pem$'''\n").replace("regex = ''''''\n", ""),
        ].join(""),
        "tree/tok-000001": "1\n",
        "tree/x-tok-000002": "2\n",
        "tree/Zebra/0123456789": "3\n",
        "tree/other/0123456789": "4\n",
        "tree/tok-000003/key.pem": "5\n",
      });
      const { rows } = await told(place, "dir", "tree", "-c", "own.toml", "--show-secrets");
      assert.deepEqual(
        rows.map(({ RuleID, File }) => `${RuleID} ${File}`),
        [
          "keyed tree/Zebra/0123456789",
          "whole tree/tok-000001",
          "whole tree/tok-000003",
          "path tree/tok-000003/key.pem",
        ],
      );
    }),
  );

  test(
    "finds them among thousands, however many threads there are",
    inWorkplace(async (place) => {
      const files = Object.fromEntries(Array.from({ length: 4000 }, (_, n) => [`d${n % 40}/file-${n}.txt`, `${n}\n`]));
      place.write({ ...files, [`d7/${one}`]: "1\n", [`d39/z/${two}/a`]: "2\n" });
      for (const threads of ["1", "2"])
        assert.deepEqual(await places(place, "dir", "--threads", threads), ["d39/z/<2> <2>", "d7/<1> <1>"]);
    }),
  );

  test(
    "looks into an encoded name as deep as it was asked",
    inWorkplace(async (place) => {
      place.write({ [encoded]: "1\n" });
      assert.deepEqual(
        (await told(place, "dir")).rows.map(({ Tags }) => Tags.filter((tag) => tag.startsWith("decode"))),
        [["decoded:base64", "decode-depth:1"]],
      );
      assert.equal((await told(place, "dir", "--max-decode-depth=0")).status, 0);
    }),
  );
});

describe("what is staged", () => {
  test(
    "has its new names told, of files, folders and links, and no name that the commit only keeps",
    inWorkplace(async (place) => {
      const { git, write, folder, commit } = place;
      git("init", "--quiet");
      commit("First", { [`${one}/a.txt`]: "1\n", "b.txt": "2\n" });
      write({ [`${one}/a.txt`]: "1\n2\n", [`${one}/more.txt`]: "3\n" });
      git("add", "--all");
      assert.deepEqual(await places(place, "git", "--staged"), []);
      git("mv", "b.txt", `b-${two}.txt`);
      write({ [`new/${three}/c.txt`]: "4\n", [`new/${three}/d.txt`]: "5\n" });
      symlinkSync("nowhere", join(folder, encoded));
      git("add", "--all");
      const expected = [`b-<2>.txt <2>`, `${encoded} <4>`, "new/<3> <3>"].sort();
      assert.deepEqual(await places(place, "git", "--staged"), expected);
      assert.deepEqual(await places(place, "protect", "--staged"), expected);
      assert.deepEqual(await places(place, "git", "--pre-commit"), expected);
      const { rows } = await told(place, "git", "--staged");
      const id = commit("Second");
      const inHistory = (await told(place, "git", "--platform=none", `--log-opts=${id}~..${id}`)).rows;
      assert.deepEqual(
        rows.map(withoutCommit),
        inHistory.map((row) => ({ ...withoutCommit(row), hasCommit: false })),
      );
    }),
  );

  test(
    "has the names of the last commit told when nothing is staged",
    inWorkplace(async (place) => {
      const { git, commit } = place;
      git("init", "--quiet");
      commit("First", { [`${one}/a.txt`]: "1\n" });
      commit("Second", { [`${one}/${two}`]: "2\n" });
      assert.deepEqual(await places(place, "git", "--staged"), ["<1> <1>", "<1>/<2> <2>"]);
      // It may be made again.
      assert.equal((await place.patrol(["hook", "run", "pre-commit"])).status, 1);
      commit("Third", { "b.txt": "3\n" });
      assert.equal((await place.patrol(["hook", "run", "pre-commit"])).status, 0);
    }),
  );

  test(
    "has names that a merge takes in from the other side not told again",
    inWorkplace(async (place) => {
      const { git, commit, write } = place;
      git("init", "--quiet", "--initial-branch=main");
      commit("First", { "a.txt": "1\n" });
      git("checkout", "--quiet", "-b", "side");
      commit("Side", { [`${one}/b.txt`]: "2\n" });
      git("checkout", "--quiet", "main");
      commit("Main", { "c.txt": "3\n" });
      git("merge", "--quiet", "--no-commit", "--no-ff", "side");
      assert.deepEqual(await places(place, "git", "--staged"), []);
      write({ [`${one}/${two}`]: "4\n" });
      git("add", "--all");
      assert.deepEqual(await places(place, "git", "--staged"), ["<1>/<2> <2>"]);
    }),
  );

  test(
    "has names of submodules told, and none that are only intended or in conflict",
    inWorkplace(async (place) => {
      const { git, commit, write } = place;
      git("init", "--quiet");
      const id = commit("First", { "a.txt": "1\n" });
      git("update-index", "--add", "--cacheinfo", `160000,${id},modules/${one}`);
      write({ [two]: "2\n" });
      git("add", "--intent-to-add", two);
      assert.deepEqual(await places(place, "git", "--staged"), ["modules/<1> <1>"]);
    }),
  );

  test(
    "is asked of git where its index is of a kind that only git reads",
    inWorkplace(async (place) => {
      const { git, commit, write } = place;
      git("init", "--quiet");
      commit("First", { [`${one}/a.txt`]: "1\n", "b/c.txt": "2\n" });
      write({ [`${one}/${two}/a.txt`]: "3\n", [`b/${three}`]: "4\n" });
      git("add", "--all");
      git("update-index", "--split-index");
      const { stderr } = await told(place, "git", "--staged", "--verbose");
      assert.match(stderr, /git was asked what is staged/);
      assert.deepEqual(await places(place, "git", "--staged"), ["<1>/<2> <2>", "b/<3> <3>"]);
    }),
  );
});

describe("the hook before a commit", () => {
  test(
    "stops a new name that holds a token, in clear and encoded, and lets a file be changed that has one",
    inWorkplace(async (place) => {
      const { git, write, patrol, commit } = place;
      git("init", "--quiet");
      commit("First", { "a.txt": "1\n" });
      assert.equal((await patrol(["hook", "install"])).status, 0);
      const glance = async () => (await patrol(["hook", "glance", "pre-commit"])).status;
      for (const name of [
        one,
        `sub/${one}.txt`,
        `${one}/x`,
        encoded,
        `${encoded}/x`,
        `a\n${one}`,
        `sub/\u00fc-${one}`,
      ]) {
        write({ [name]: "2\n" });
        git("add", "--all");
        assert.equal(await glance(), 1, numbered(name));
        const { ok, said } = tries(place, ["commit", "--quiet", "--message", "No"]);
        assert.equal(ok, false, numbered(name));
        assert.match(said, /leaks found: 1/);
        assert.equal(tokens.filter((token) => said.includes(token.slice(8))).length, 0);
        git("reset", "--quiet", "--hard");
      }
      write({ [one]: "2\n" });
      git("add", "--all");
      assert.equal(tries(place, ["commit", "--quiet", "--message", "Yes"], { PATROL_BYPASS: "a test" }).ok, true);
      write({ [one]: "3\n", "new/plain.txt": "4\n" });
      git("add", "--all");
      assert.equal(await glance(), 0);
      assert.equal(tries(place, ["commit", "--quiet", "--message", "Kept"]).ok, true);
    }),
  );

  test(
    "looks at names by the repository's own rules as well, once they are known",
    inWorkplace(async (place) => {
      const { git, write, commit, patrol } = place;
      git("init", "--quiet");
      const rule = `[[rules]]\nid = "whole"\nregex = '''^(tok-[0-9]{6})$'''\n[[rules]]\nid = "keyed"\nregex = '''[0-9a-f]{10}'''\nkeywords = ["zebra"]\n`;
      commit("First", { ".gitleaks.toml": rule, "a.txt": "1\n" });
      const run = async (name: string) => {
        write({ [name]: "2\n" });
        git("add", "--all");
        const statuses = [await patrol(["hook", "glance", "pre-commit"]), await patrol(["hook", "run", "pre-commit"])];
        git("reset", "--quiet", "--hard");
        return statuses.map(({ status }) => status);
      };
      await run("b.txt");
      await run("b.txt");
      assert.deepEqual(await run("b.txt"), [0, 0]);
      assert.deepEqual(await run("sub/tok-000001"), [1, 1]);
      assert.deepEqual(await run("sub/x-tok-000001"), [0, 0]);
      assert.deepEqual(await run("zebra/0123456789"), [1, 1]);
      assert.equal((await run("horse/0123456789"))[1], 0);
    }),
  );
});
