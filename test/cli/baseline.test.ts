// Baselines as gitleaks writes them, and as earlier versions of Patrol did.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";
import { twinTokens } from "../support/twin-tokens.ts";
import { zip } from "../support/zip.ts";

const token = crcToken(51);
const other = crcToken(52, "ghp_");
const RULE = `[[rules]]\nid = "pair"\ndescription = "pair"\nregex = '''key=(\\w{12})\\b.*'''\nsecretGroup = 1\n`;
const rowsOf = async ({ patrol }: Workplace, ...args: string[]) =>
  JSON.parse((await patrol([...args, "-r", "-", "-f", "json"])).stdout) as Row[];
const asBaseline = (rows: readonly Partial<Row>[]) => ({ "known.json": JSON.stringify(rows) });

test(
  "a redacted one knows a line again that moved, however much of what stands beside the secret was hidden then",
  inWorkplace(async (place) => {
    const { write, patrol } = place;
    const line = `key=abcdefghijkl and ${other}\n`;
    write({ "c.toml": RULE, "a.txt": line });
    const [row] = await rowsOf(place, "dir", "a.txt", "-c", "c.toml");
    assert.equal(row?.Match, "key=REDACTED and REDACTED", "what other rules would find is hidden");
    write({ "a.txt": `\n\n${line}` });
    const matches = [
      "key=REDACTED and REDACTED",
      `key=REDACTED and ${other}`,
      `key=REDACTED and ${other.slice(0, 7)}...`,
    ];
    for (const Match of matches) {
      write(asBaseline([{ ...row, Match }]));
      assert.equal((await patrol(["dir", "a.txt", "-c", "c.toml", "-b", "known.json"])).status, 0, Match);
    }
    for (const Match of ["key=REDACTED or REDACTED", "key=REDACTED and REDACTED!", "REDACTED: key=REDACTED"]) {
      write(asBaseline([{ ...row, Match }]));
      assert.equal((await patrol(["dir", "a.txt", "-c", "c.toml", "-b", "known.json"])).status, 1, Match);
    }
  }),
);

test(
  "a redacted one lets no other secret through in a known one's stead, though both look alike",
  inWorkplace(async (place) => {
    const { git, commit, write } = place;
    const [old, fresh] = await twinTokens(place);
    assert.notEqual(old, fresh);
    git("init", "--quiet");
    commit("One", { "a.js": `k = "${old}"\n` });
    const known = await rowsOf(place, "git");
    const id = commit("Two", { "a.js": `\n\nk = "${old}"\nl = "${fresh}"\n` });
    write(asBaseline(known));
    assert.deepEqual(
      (await rowsOf(place, "git", "-b", "known.json")).map(({ Commit, StartLine }) => [Commit, StartLine]),
      [[id, 4]],
    );
  }),
);

test(
  "where a redacted one may mean either of two secrets of a folder both are told, and it is said why",
  inWorkplace(async (place) => {
    const { write, patrol } = place;
    const [old, fresh] = await twinTokens(place);
    write({ "a.js": `k = "${old}"\n` });
    write(asBaseline(await rowsOf(place, "dir", "a.js")));
    const scan = () => patrol(["dir", "a.js", "-b", "known.json"]);
    write({ "a.js": `\nk = "${old}"\nk = "${old}"\n` });
    assert.equal((await scan()).status, 0, "it moved, and stands there twice");
    write({ "a.js": `k = "${fresh}"\n\nk = "${old}"\n` });
    const { status, stdout, stderr } = await scan();
    assert.deepEqual([status, stdout.match(/^Finding:/gm)?.length], [1, 2]);
    assert.match(stderr, /known\.json hides its secrets: 2 findings may be what it tells of/);
    assert.equal((await patrol(["ignore", "add", "a.js:3", "--reason", "made up"])).status, 0);
    assert.deepEqual(
      (await rowsOf(place, "dir", "a.js", "-b", "known.json")).map(({ StartLine }) => StartLine),
      [1],
    );
  }),
);

test(
  "one that gitleaks redacted in part knows the secret by its beginning",
  inWorkplace(async (place) => {
    const { write, patrol } = place;
    write({ "a.js": `k = "${token}"\n` });
    const [row] = await rowsOf(place, "dir", "a.js", "--redact=0");
    const Secret = `${token.slice(0, 8)}...`;
    write(asBaseline([{ ...row, Secret, Match: row?.Match.replace(token, Secret) ?? "" }]));
    for (const text of [`k = "${token}"\n`, `\n\nk = "${token}"\n`]) {
      write({ "a.js": text });
      assert.equal((await patrol(["dir", "a.js", "-b", "known.json"])).status, 0);
    }
    write({ "a.js": `k = "${crcToken(53)}"\n` });
    assert.equal((await patrol(["dir", "a.js", "-b", "known.json"])).status, 1);
  }),
);

test(
  "paths in baselines and ignore files may be written from the root, or begin with a dot",
  inWorkplace(async (place) => {
    const { folder, write, patrol } = place;
    write({ "src/a.js": `k = "${token}"\n` });
    const [row] = await rowsOf(place, "dir", ".", "--redact=0");
    for (const File of ["./src/a.js", join(folder, "src/a.js")]) {
      write(asBaseline([{ ...row, File }]));
      for (const args of [
        ["dir", "src"],
        ["dir", folder],
      ])
        assert.equal((await patrol([...args, "-b", "known.json"])).status, 0, `${args.join(" ")} ${File}`);
      write({ ".gitleaksignore": `${File}:npm-access-token:1\n` });
      assert.equal((await patrol(["dir", "src"])).status, 0, File);
      write({ ".gitleaksignore": "" });
    }
    write(asBaseline([{ ...row, File: "/else/src/a.js" }]));
    assert.equal((await patrol(["dir", "src", "-b", "known.json"])).status, 1);
  }),
);

test(
  "what archives hold is taken down, and kept, by who opens them as scans do",
  inWorkplace(async ({ write, patrol, git, commit }) => {
    git("init", "--quiet");
    write({ "a.js": `k = "${token}"\n`, "x.zip": zip({ "b.js": `k = "${other}"\n` }) });
    const open = ["--max-archive-depth", "2"];
    assert.match((await patrol(["baseline", ...open])).stderr, /^2 known secrets/);
    commit("One");
    assert.equal((await patrol(["dir", ...open])).status, 0);
    assert.equal((await patrol(["git", ...open])).status, 0);
    assert.match((await patrol(["ignore", "prune", ...open])).stderr, /^every entry holds and is used/);
    assert.match((await patrol(["ignore", "prune"])).stderr, /^1 taken out/);
    assert.equal((await patrol(["dir"])).status, 0);
    assert.equal((await patrol(["dir", ...open])).status, 1);
  }),
);
