import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";
import { configValues } from "../../../src/sources/git/config-file.ts";
import { openRepository } from "../../../src/sources/git/repository.ts";

/** What git reads of a key; undefined where it refuses the file. */
function byGit(file: string, text: string, key = "extensions.objectformat"): string[] | undefined {
  writeFileSync(file, text);
  try {
    const args = ["config", "-z", "--file", file, "--get-all", key];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .split("\0")
      .slice(0, -1);
  } catch (error) {
    return (error as { status?: number }).status === 1 ? [] : undefined;
  }
}

const inFile = (use: (file: string) => void) => () => {
  const folder = mkdtempSync(join(tmpdir(), "patrol-config-"));
  try {
    use(join(folder, "config"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const ours = (text: string) => configValues(text, "extensions", "objectformat");

describe("a configuration is read as git reads it:", () => {
  const written = [
    "[extensions]\n\tobjectformat = sha256\n",
    "[extensions]\n\tobjectFormat = sha256 # a comment\n",
    "[extensions]\n\tobjectFormat = sha256;and another\n",
    "[EXTENSIONS]\nOBJECTFORMAT=sha256",
    '[extensions] objectformat = "sha256" # one line',
    '[extensions]\nobjectformat = sha"2"56\n',
    '[extensions]\nobjectformat = "sha256 # no comment"\n',
    "[extensions]\nobjectformat = sha\\\n256\n",
    "[extensions]\nobjectformat = \\\nsha256\n",
    "[extensions]\nobjectformat = sha256 \\\n\n",
    "[extensions]\r\n\tobjectformat = sha256  \r\n",
    "\uFEFF[extensions]\nobjectformat = sha256\n",
    "[extensions]\nobjectformat = sha1\nobjectformat = sha256\n[core]\nbare = true\n[extensions]\nobjectformat = sha1\n",
    '[extensions "other"]\nobjectformat = sha256\n',
    '[extensions ""]\nobjectformat = sha256\n',
    "[extensions.other]\nobjectformat = sha256\n",
    "[core]\nobjectformat = sha256 ; [extensions]\n",
    "[core]\nx = [extensions]\nobjectformat = sha256\n",
    "# [extensions]\nobjectformat = sha256\n",
    "[core]\neditor = a \\\n[extensions]\nobjectformat = sha256\n",
    "[extensions]\nobjectformat =\n",
    '[extensions]\nobjectformat = a  b\\t\\"c"  d  "  \n',
  ];
  test(
    "comments, quotes, capitals, subsections, and lines that go on",
    inFile((file) => {
      for (const text of written) assert.deepEqual(ours(text), byGit(file, text) ?? [], JSON.stringify(text));
    }),
  );

  test(
    "the address of a remote, whose section has a subsection",
    inFile((file) => {
      const address = "https://host.example.org/ada/engine.git";
      const written = [
        `[remote "origin"]\n\turl = ${address}\n\tfetch = +refs/*:refs/*\n`,
        `[REMOTE\t"origin"]\nURL=${address}\n`,
        `[remote "Origin"]\nurl = ${address}\n`,
        `[remote.origin]\nurl = ${address}\n`,
        `[remote.ORIGIN]\nurl = ${address}\n`,
        `[remote "or\\igin"]\nurl = ${address}\n`,
        `[remote "other"]\nurl = x\n[remote "origin"] url = "${address}"\n[remote "origin"]\nurl = b # c\n`,
        `[remote]\nurl = ${address}\n[remote "origin"]\npushurl = ${address}\n`,
        `[remote "origin"]\nurl\n`,
        `[remote ".origin"]\nurl = ${address}\n`,
      ];
      for (const text of written) {
        const expected = byGit(file, text, "remote.origin.url");
        assert.deepEqual(configValues(text, "remote.origin", "url"), expected ?? [], text);
      }
    }),
  );

  test(
    "whatever is put together of the signs that mean something in it",
    inFile((file) => {
      let seed = 20;
      const draw = (count: number) => (seed = (seed * 48271) % 2147483647) % count;
      const parts = ["[extensions]\n", "objectformat", " ", "=", "sha256", '"', "\\", "\n", "#", ";", "\r\n", "x", "["];
      for (let round = 0; round < 150; round++) {
        const some = Array.from({ length: 1 + draw(12) }, () => parts[draw(parts.length)]).join("");
        const text = `[extensions]\nobjectformat = ${some}\n`;
        const expected = byGit(file, text);
        if (expected !== undefined) assert.deepEqual(ours(text), expected, JSON.stringify(text));
      }
    }),
  );

  test(
    "so that a comment behind the form of the ids hides it from nobody",
    inFile((file) => {
      const top = dirname(file);
      execFileSync("git", ["init", "--quiet", "--object-format=sha256", top]);
      const config = join(top, ".git/config");
      writeFileSync(config, readFileSync(config, "utf8").replace(/sha256$/m, "$& # since 2020"));
      assert.equal(openRepository(top).format.bytes, 32);
    }),
  );

  test("a hostile one takes no longer than it is long", () => {
    for (const part of ["[extensions ", '[extensions "', "x = \\\n", 'x = "', "[extensions]\nobjectformat=\t \t"])
      ours(part.repeat(300_000));
  });
});
