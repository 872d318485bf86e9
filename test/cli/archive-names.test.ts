// Names in archives are texts as those of a folder are: of files, folders and links, and of where links lead.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, test } from "vitest";
import type { Row } from "../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";
import { zip } from "../support/zip.ts";

const [one, two, three, four] = [crcToken(831), crcToken(832), crcToken(833), crcToken(834)] as const;
const tokens = [one, two, three, four];
const FLAGS = ["--max-archive-depth", "3", "-f", "json", "-r", "-"];

/** Tokens by their number here, so that a test that fails prints none. */
const numbered = (text: string) => tokens.reduce((words, token, at) => words.replaceAll(token, `<${at + 1}>`), text);

const told = (stdout: string) =>
  (JSON.parse(stdout) as Row[]).map((row) => numbered(`${row.File} ${row.Secret}`)).sort();

const shown = async ({ patrol }: Workplace, ...args: readonly string[]) =>
  told((await patrol([...args, "--redact=0", ...FLAGS])).stdout);

/** Made by the system's own tar of a folder in which a folder, files in it and a link bear tokens, and a link leads to one. */
function tarOfNames({ folder, write }: Workplace, format = "gnu"): Buffer {
  write({ [`in/${one}/a.txt`]: "1\n", [`in/${one}/b.txt`]: "2\n", [`in/c/${two}.txt`]: "3\n" });
  symlinkSync(`/nowhere/${four}`, join(folder, "in/link"));
  symlinkSync("nowhere", join(folder, `in/${three}`));
  execFileSync("tar", ["-cf", "made.tar", `--format=${format}`, "-C", "in", ...[one, "c", "link", three]], {
    cwd: folder,
  });
  return readFileSync(join(folder, "made.tar"));
}

const IN_TAR = ["<1> <1>", "<3> <3>", "c/<2>.txt <2>", "link <4>"];

describe("names in an archive are told once each, by their path in it,", () => {
  test.each(["gnu", "ustar", "pax"])("of a %s tar, plain and compressed, in a folder and at standard input", (format) =>
    inWorkplace(async (place) => {
      const tar = tarOfNames(place, format);
      for (const [name, bytes] of Object.entries({ "x.tar": tar, "x.tgz": gzipSync(tar) })) {
        place.write({ [`out/${name}`]: bytes });
        assert.deepEqual(
          await shown(place, "dir", `out/${name}`),
          IN_TAR.map((row) => `out/${name}!${row}`),
        );
        const { stdout } = await place.patrol(["stdin", "--redact=0", ...FLAGS], { input: bytes });
        assert.deepEqual(
          told(stdout),
          IN_TAR.map((row) => `stdin!${row}`),
        );
      }
    })(),
  );

  test(
    "of a zip, of files that are compressed or stored, and of archives in each other",
    inWorkplace(async (place) => {
      const files = { [`${one}/a.txt`]: "1\n", [`${one}/b.txt`]: `${four}\n`, [`c/${two}.txt`]: "3\n" };
      const expected = ["<1> <1>", "<1>/b.txt <4>", "c/<2>.txt <2>"];
      for (const isStored of [false, true]) {
        const inner = zip(files, { isStored });
        place.write({ "x.zip": inner, "y.zip": zip({ [`${three}.zip`]: inner }, { isStored }) });
        assert.deepEqual(
          await shown(place, "dir", "x.zip"),
          expected.map((row) => `x.zip!${row}`),
        );
        assert.deepEqual(
          await shown(place, "dir", "y.zip"),
          [...expected.map((row) => `y.zip!<3>.zip!${row}`), "y.zip!<3>.zip <3>"].sort(),
        );
      }
    }),
  );

  test(
    "and not those of the archive itself, nor what is told of the files",
    inWorkplace(async (place) => {
      place.write({ [`${one}.zip`]: zip({ "a.txt": `${two}\n`, "b/c.txt": "" }) });
      assert.deepEqual(await shown(place, "dir"), ["<1>.zip <1>", "<1>.zip!a.txt <2>"]);
    }),
  );

  test(
    "of what is staged and of a history",
    inWorkplace(async (place) => {
      const { folder, git, write } = place;
      mkdirSync(join(folder, "in"));
      const tar = tarOfNames(place);
      git("init", "--quiet");
      write({ "x.tar": tar, "y.zip": zip({ [`${one}/b.txt`]: "x" }) });
      git("add", "x.tar", "y.zip");
      const expected = [...IN_TAR.map((row) => `x.tar!${row}`), "y.zip!<1> <1>"];
      assert.deepEqual(await shown(place, "git", "--staged"), expected);
      git("commit", "--quiet", "--message", "Archives");
      assert.deepEqual(await shown(place, "git"), expected);
      // The next form of an archive brings what is new in it.
      write({ "y.zip": zip({ [`${one}/b.txt`]: "y", [`${two}.txt`]: "" }) });
      git("add", "y.zip");
      assert.deepEqual(await shown(place, "git", "--staged"), ["y.zip!<2>.txt <2>"]);
      git("commit", "--quiet", "--message", "Another");
      assert.deepEqual(await shown(place, "git"), [...expected, "y.zip!<2>.txt <2>"]);
    }),
  );
});

test(
  "no token of a name in an archive is shown",
  inWorkplace(async (place) => {
    place.write({ "x.zip": zip({ [`${one}/${two}`]: `${three}\n`, [four]: Buffer.from("PK\x03\x04 is none") }) });
    for (const format of ["json", "csv", "sarif", "html"]) {
      const flags = ["dir", "x.zip", "--verbose", "--max-archive-depth", "2", "-f", format, "-r", "-"];
      const { status, stdout, stderr } = await place.patrol(flags);
      assert.equal(status, 2, stderr);
      assert.equal(numbered(stdout + stderr), stdout + stderr);
      assert.ok(!tokens.some((token) => (stdout + stderr).includes(token.slice(8))));
    }
  }),
);
