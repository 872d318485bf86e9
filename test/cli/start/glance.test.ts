import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "vitest";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

const token = crcToken(41);
const encoded = (text: string, encoding: BufferEncoding) => Buffer.from(text, "utf8").toString(encoding);
const clean = "export const answer = compute(options.first, 42);\n".repeat(40);

/** Runs the hook's scan twice: as a hook does, and with a flag that has the whole program look. */
async function twice({ patrol }: Workplace, env: Record<string, string> = {}) {
  const timeless = (text: string) => text.replace(/ in [\d.]+m?s/, "");
  const [quick, whole] = [
    await patrol(["git", "--staged"], { env }),
    await patrol(["git", "--staged", "--max-decode-depth=5"], { env }),
  ];
  assert.deepEqual({ ...quick, stderr: timeless(quick.stderr) }, { ...whole, stderr: timeless(whole.stderr) });
  return quick;
}

describe("the first look at what is staged", () => {
  test(
    "says what a whole scan says, of clean files, of tokens in clear and encoded, of UTF-16 and of nothing",
    inWorkplace(async (place) => {
      place.git("init", "--quiet");
      assert.match((await twice(place)).stderr, /nothing is staged and there is no commit yet/);
      place.commit("First", { "a.js": clean, "old.js": `key = "${token}"\n` });
      const contents: Record<string, readonly [number, string | Uint8Array]> = {
        clean: [0, `${clean}more\n`],
        empty: [0, ""],
        paths: [0, "src/components/forms/input.ts src/components/forms/select.ts %41 \\n &amp;\n"],
        token: [1, `${clean}key = "${token}"\n`],
        base64: [1, `value: ${encoded(`{"key": "${token}"}`, "base64")}\n`],
        hex: [1, `value: ${encoded(`key=${token};`, "hex")}\n`],
        escaped: [1, `value: "a\\n${token}"\n`],
        twice: [1, `value: ${encoded(encoded(`{"key": "${token}"}`, "base64"), "base64")}\n`],
        wide: [1, Buffer.from(`\ufeffkey = "${token}"\n`, "utf16le")],
        binary: [0, Uint8Array.from({ length: 3000 }, (_, i) => (i * 7) & 0xff)],
        allowed: [0, `key = "${token}" // patrol:allow\n`],
      };
      for (const [name, [status, content]] of Object.entries(contents)) {
        place.write({ "a.js": content });
        place.git("add", ".");
        assert.equal((await twice(place)).status, status, name);
      }
      place.git("checkout", "--quiet", "HEAD", "a.js");
      place.git("rm", "--quiet", "a.js");
      assert.match((await twice(place)).stderr, /^0 files staged scanned/);
      place.git("reset", "--quiet", "--hard");
      assert.match((await twice(place)).stderr, /every file of the last commit was scanned instead/);
    }),
  );

  test(
    "leaves it to the whole scan where rules or ignore files of one's own may have something to say",
    inWorkplace(async (place) => {
      const rules = `[[rules]]\nid = "word"\nregex = 'word-[0-9]{4}'\n`;
      place.git("init", "--quiet");
      place.write({ "a.txt": "word-1234\n" });
      place.git("add", ".");
      assert.equal((await twice(place)).status, 0);
      assert.equal((await twice(place, { GITLEAKS_CONFIG_TOML: rules })).status, 1);
      place.write({ ".gitleaksignore": "neither one nor the other\n" });
      assert.match((await twice(place)).stderr, /neither a fingerprint nor a digest/);
      place.write({ ".gitleaks.toml": rules });
      assert.equal((await twice(place)).status, 1);
    }),
  );

  test(
    "is silent in a hook unless it is certain that there is nothing",
    inWorkplace(async ({ git, commit, write, folder, patrol }) => {
      const glance = async () => {
        const { status, stdout, stderr } = await patrol(["hook", "glance", "pre-commit"]);
        assert.equal(stdout, "");
        assert.equal(stderr === "", status === 1, stderr);
        return status;
      };
      assert.equal(await glance(), 1, "no repository");
      git("init", "--quiet");
      commit("First", { "a.js": clean });
      assert.equal(await glance(), 1, "nothing is staged");
      write({ "a.js": `${clean}more\n` });
      git("add", ".");
      assert.equal(await glance(), 0);
      assert.equal((await patrol(["hook", "glance", "pre-commit", "--verify"])).status, 1);
      assert.equal((await patrol(["hook", "glance", "pre-push"])).status, 1);
      write({ "b.js": `key = "${token}"\n` });
      git("add", ".");
      assert.equal(await glance(), 1, "a token");
      // Names may be made to collide where the hash's seed is known: of many in one folder no table is made.
      const many = (name: (n: number) => string) => {
        const blob = git("hash-object", "-w", "a.js");
        const lines = Array.from({ length: 9000 }, (_, n) => `100644 ${blob}\t${name(n)}\n`);
        execFileSync("git", ["update-index", "--index-info"], { cwd: folder, input: lines.join("") });
        git("commit", "--quiet", "--message", "Many");
        git("update-index", "--cacheinfo", `100644,${git("hash-object", "-w", "b.js")},${name(0)}`);
      };
      write({ "b.js": "nothing\n" });
      git("reset", "--quiet", "--", "b.js");
      for (const name of [(n: number) => `files/a-file-of-many-${n}`, (n: number) => `folders/${n}/file`]) {
        many(name);
        assert.equal(await glance(), 1, name(0));
        assert.equal((await patrol(["hook", "run", "pre-commit"])).status, 0, name(0));
      }
    }),
  );
});
