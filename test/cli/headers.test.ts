import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const ADA = "Ada <ada@example.org>";
const JSON_OUT = ["-f", "json", "-r", "-", "--redact=0"];

interface History extends Workplace {
  /** Makes an object of the text and lets a ref lead there. */
  readonly forge: (kind: "commit" | "tag", text: string | Buffer, ref?: string) => string;
  readonly tree: string;
  /** What a scan finds: secret, commit, file, line. */
  readonly found: (...args: string[]) => Promise<string[]>;
}

/** A repository of one commit. */
const inHistory = (use: (history: History) => Promise<void>) =>
  inWorkplace(async (place) => {
    place.git("init", "--quiet", "--initial-branch=main");
    place.commit("One", { "a.js": "fine\n" });
    const forge = (kind: string, text: string | Buffer, ref = "refs/heads/main") => {
      place.write({ forged: text });
      const id = place.git("hash-object", "-w", "-t", kind, "--literally", "forged");
      place.git("update-ref", ref, id);
      return id;
    };
    const found = async (...args: string[]) => {
      const { stdout, stderr, status } = await place.patrol(["git", ...args, ...JSON_OUT]);
      assert.notEqual(status, 2, stderr);
      const rows = JSON.parse(stdout) as Row[];
      return rows.map((row) => `${row.Secret} ${row.Commit} ${row.File} ${row.StartLine}`).sort();
    };
    await use({ ...place, forge, found, tree: place.git("rev-parse", "HEAD^{tree}") });
  });

const commitOf = (tree: string, lines: { author?: string; committer?: string; more?: string; parent?: string }) =>
  [
    `tree ${tree}`,
    ...(lines.parent === undefined ? [] : [`parent ${lines.parent}`]),
    `author ${lines.author ?? ADA} 1769860800 +0000`,
    `committer ${lines.committer ?? ADA} 1769860800 +0000`,
    ...(lines.more === undefined ? [] : [lines.more]),
    "\nMessage\n",
  ].join("\n");

/** Scans the same history as loose objects, packed, and as a range. */
async function everyWay({ git, found }: History, expected: string[]): Promise<void> {
  assert.deepEqual(await found(), expected, "loose");
  assert.deepEqual(await found("--log-opts=--branches --tags"), expected, "a range");
  git("repack", "-adq");
  assert.deepEqual(await found(), expected, "packed");
}

describe("what stands before a message is published as well:", () => {
  test(
    "a token in the name or address of who wrote a commit or tag is found",
    inHistory(async (history) => {
      const { forge, tree, git } = history;
      const [a, b, c] = [crcToken(301), crcToken(302), crcToken(303)];
      const one = forge("commit", commitOf(tree, { author: `${a} <ada@example.org>` }));
      const two = forge("commit", commitOf(tree, { committer: `Ada <${b}@example.org>`, parent: one }));
      const name = `tagger ${c} <ada@example.org> 1769860800 +0000`;
      forge("tag", `object ${two}\ntype commit\ntag v1\n${name}\n\nRelease\n`, "refs/tags/v1");
      assert.equal(git("rev-parse", "v1^{commit}"), two);
      await everyWay(
        history,
        [`${a} ${one} (commit header) 2`, `${b} ${two} (commit header) 4`, `${c} ${two} (tag header) 4`].sort(),
      );
    }),
  );

  test(
    "a token behind any number of signatures is found",
    inHistory(async (history) => {
      const { forge, tree } = history;
      const token = crcToken(309);
      const more = Array.from({ length: 40 }, (_, i) => `note ${i}\ngpgsig ${i}`).join("\n");
      const id = forge("commit", commitOf(tree, { more: `${more}\nnote ${token}` }));
      await everyWay(history, [`${token} ${id} (commit header) 84`]);
    }),
  );

  test(
    "what a signed tag said that was merged is found at the merge",
    inHistory(async (history) => {
      const { forge, tree, git } = history;
      const token = crcToken(304);
      const tag = [`object ${git("rev-parse", "HEAD")}`, "type commit", "tag v1", `tagger ${ADA} 1769860800 +0000`];
      const more = ["mergetag " + tag[0], ...tag.slice(1), "", `key ${token}`].join("\n ");
      const merge = forge("commit", commitOf(tree, { more, parent: git("rev-parse", "HEAD") }));
      await everyWay(history, [`${token} ${merge} (commit header) 10`]);
    }),
  );

  test(
    "of a signature nothing is said, and of what follows it everything",
    inHistory(async (history) => {
      const { forge, tree } = history;
      const [inside, behind] = [crcToken(305), crcToken(306)];
      const more = `gpgsig -----BEGIN PGP SIGNATURE-----\n \n ${inside}\n -----END PGP SIGNATURE-----\nnote ${behind}`;
      const id = forge("commit", commitOf(tree, { more }));
      await everyWay(history, [`${behind} ${id} (commit header) 8`]);
    }),
  );

  test(
    "whose name holds a token wrote many commits, and the first of them tells it",
    inHistory(async (history) => {
      const { forge, tree, found } = history;
      const token = crcToken(307);
      const author = `${token} <ada@example.org>`;
      const first = forge("commit", commitOf(tree, { author }));
      const two = forge("commit", commitOf(tree, { author, parent: first }));
      const expected = [`${token} ${first} (commit header) 2`];
      await everyWay(history, expected);
      assert.deepEqual(await found("--cache"), expected);
      forge("commit", commitOf(tree, { author, parent: two }));
      assert.deepEqual(await found("--cache"), expected, "an earlier scan told it");
    }),
  );

  test(
    "and a commit that comes late and is older tells it instead, with and without an earlier scan",
    inHistory(async ({ forge, tree, found }) => {
      const token = crcToken(308);
      const author = `${token} <ada@example.org>`;
      const young = forge("commit", commitOf(tree, { author }));
      assert.deepEqual(await found("--cache"), [`${token} ${young} (commit header) 2`]);
      const text = commitOf(tree, { author }).replaceAll("1769860800", "1700000000");
      const old = forge("commit", text, "refs/heads/other");
      const expected = [`${token} ${old} (commit header) 2`];
      assert.deepEqual(await found("--cache"), expected);
      assert.deepEqual(await found(), expected);
    }),
  );

  test(
    "a message is a text of its own, where a rule asks for a text's beginning",
    inHistory(async (history) => {
      const { forge, tree, git, write } = history;
      const rule = (id: string, regex: string) => `[[rules]]\nid = "${id}"\nregex = '''${regex}'''\n`;
      write({
        ".gitleaks.toml": `title = "ours"\n${rule("caret", "^tok-[0-9]{6}")}${rule("letter", "\\Akey-[0-9]{6}$")}`,
      });
      const parent = git("rev-parse", "HEAD");
      const said = (text: string, message: string) => text.replace("\nMessage\n", `\n${message}`);
      const one = forge("commit", said(commitOf(tree, { parent }), "tok-123456\n"));
      const two = forge("commit", said(commitOf(tree, { parent: one }), "key-123456"));
      const three = forge("commit", said(commitOf(tree, { parent: two }), "Say\ntok-654321\nkey-654321"));
      const tag = [`object ${three}`, "type commit", "tag v1", `tagger ${ADA} 1769860800 +0000`, "", "tok-223456"];
      forge("tag", tag.join("\n"), "refs/tags/v1");
      const expected = [
        `key-123456 ${two} (commit message) 1`,
        `tok-123456 ${one} (commit message) 1`,
        `tok-223456 ${three} (tag message) 1`,
      ];
      await everyWay(history, expected);
    }),
  );
});

test(
  "a message of two bytes a character is read as a file of that kind is",
  inHistory(async (history) => {
    const { forge, tree } = history;
    const [little, big, marked] = [crcToken(311), crcToken(312), crcToken(313)];
    const after = (message: Buffer, parent?: string) =>
      forge("commit", Buffer.concat([Buffer.from(commitOf(tree, { parent }).replace("Message\n", "")), message]));
    const one = after(Buffer.from(`Message\n\n${little}\n`, "utf16le"));
    const two = after(Buffer.from(`Message\n\n${big}\n`, "utf16le").swap16(), one);
    const three = after(Buffer.from(`\ufeff${"\u4e2d".repeat(400)}\n${marked}\n`, "utf16le"), two);
    await everyWay(
      history,
      [
        `${little} ${one} (commit message) 3`,
        `${big} ${two} (commit message) 3`,
        `${marked} ${three} (commit message) 2`,
      ].sort(),
    );
  }),
);
