import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRules } from "../../src/config/rulebook.ts";
import { sampleToken } from "../../src/engine/rule-samples.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken, randomText, withWrongChecksum } from "../support/tokens.ts";

const token = crcToken(31);
const unproven = sampleToken(builtInRules().find(({ id }) => id === "linear-api-key") ?? assert.fail(), 1);

const explained = async ({ write, patrol }: Workplace, text: string, ...more: string[]) => {
  write({ "a.txt": text });
  const { status, stdout } = await patrol(["rules", "explain", "a.txt:1", ...more]);
  assert.ok(!stdout.includes(token));
  return { status, stdout };
};

describe("explain says which step decided about a line", () => {
  test(
    "checksum, boundary, pattern and comment, by the built-in rules",
    inWorkplace(async (place) => {
      for (const [text, status, says] of [
        [`a = "${token}"`, 1, /reported: its checksum \(crc32-base62\) holds/],
        [`a = "${withWrongChecksum(token)}"`, 0, /checksum: the pattern matches, but the token's own checksum/],
        [`a = "x${token}x"`, 1, /reported: its checksum/],
        [`a = "${unproven}x"`, 0, /boundary: the token itself fits, but what stands behind it/],
        [`a = "x${unproven}"`, 0, /boundary: the token itself fits, but what stands before it/],
        [`a = "npm_short"`, 0, /pattern: "npm_" is there, but the pattern does not match; a match is 40/],
        [`a = "${token}" # gitleaks:allow`, 0, /comment: allowed by the comment gitleaks:allow/],
        [`a = 1`, 0, /^a\.txt:1: of \d+ rules 0 came near, 0 report it\n$/],
      ] as const) {
        const told = await explained(place, text);
        assert.deepEqual([told.status, says.test(told.stdout)], [status, true], `${text}\n${told.stdout}`);
      }
    }),
  );

  test(
    "prefilter, path, entropy, stop word, allowlist and required, by rules of one's own",
    inWorkplace(async (place) => {
      const rule = (more: string) => `[[rules]]\nid = "own"\nregex = '''key-([a-z0-9]{12})'''\n${more}`;
      const random = `key-${randomText(5, 12, "abcdefghijklmnop0123456789")}`;
      for (const [toml, text, says] of [
        [rule(`keywords = ["acme"]`), random, /prefilter: .*none of the keywords acme/],
        [rule(`path = '''\\.env$'''`), random, /path: the rule looks only at paths like \\\.env\$/],
        [rule(`entropy = 3.0`), "key-aaaaaaaaaaab", /entropy: 0\.41 bits a character, and the rule wants 3/],
        [rule(`[[rules.allowlists]]\nstopwords = ["dummy"]`), "key-dummy1234567", /stop word: .*stop word dummy/],
        [
          rule(`[[rules.allowlists]]\ndescription = "docs"\npaths = ['''txt$''']`),
          random,
          /allowlist: the allowlist "docs" holds: path txt\$/,
        ],
        [
          `${rule(`[[rules.required]]\nid = "other"\n`)}\n[[rules]]\nid = "other"\nregex = '''other-[0-9]{4}'''\n`,
          random,
          /required: it counts only beside a match of other/,
        ],
      ] as const) {
        place.write({ "own.toml": toml });
        const { status, stdout } = await explained(place, text, "-c", "own.toml");
        assert.deepEqual([status, says.test(stdout)], [0, true], stdout);
      }
    }),
  );

  test(
    "what was decoded, and what stood in a commit",
    inWorkplace(async (place) => {
      const encoded = Buffer.from(`token=${token};`).toString("base64");
      assert.match((await explained(place, encoded)).stdout, /encoded as base64\S*\n {2}reported/);
      place.git("init", "--quiet");
      const first = place.commit("Add", { "b.txt": `x\n${token}\n` });
      place.commit("Remove", { "b.txt": "x\n" });
      assert.equal((await place.patrol(["rules", "explain", "--commit", first, "b.txt:2"])).status, 1);
      const gone = await place.patrol(["rules", "explain", "b.txt:7"]);
      assert.deepEqual([gone.status, /b\.txt has 1 line;/.test(gone.stderr)], [2, true]);
    }),
  );
});

describe("rules test", () => {
  test(
    "tells the rule that does not find its own example, and shows the others' cost",
    inWorkplace(async ({ write, patrol }) => {
      const rule = (example: string) =>
        `- id: own\n  name: own\n  token: own_[a-z]{20}\n  keywords: [own_]\n  references: [none]\n` +
        `  examples: ["${example}"]\n  counter-examples: ["own_short"]\n`;
      write({ "good.yaml": rule("a = {{token}}"), "bad.yaml": rule("a = x{{token}}") });
      const good = await patrol(["rules", "test", "good.yaml"]);
      assert.equal(good.status, 0);
      assert.match(
        good.stdout,
        /^ok {6}own: 1 examples, 1 counter-examples; stops \d+ times a megabyte, [\d.]+ events a megabyte, \d+ states, reads a byte at most \d+ times$/m,
      );
      const bad = await patrol(["rules", "test", "bad.yaml"]);
      assert.equal(bad.status, 1);
      assert.match(bad.stdout, /^broken {2}own.*\n +does not find its example "a = x\{\{token\}\}"$/m);
    }),
  );

  test(
    "refuses a second file instead of passing over it",
    inWorkplace(async ({ write, patrol }) => {
      const rule = `[[rules]]\nid = "own"\nregex = '''own_[a-z]{20}'''\n`;
      write({ "own.toml": rule, "other.toml": rule });
      const { status, stderr } = await patrol(["rules", "test", "own.toml", "other.toml"]);
      assert.deepEqual([status, /patrol rules test takes one file, not 2/.test(stderr)], [2, true]);
      assert.equal((await patrol(["rules", "list", "own.toml"])).status, 2);
    }),
  );

  test(
    "counts in how many places of a sample a rule's automata accept, before anything is confirmed",
    inWorkplace(async ({ write, patrol }) => {
      const found = `${"own_".padEnd(24, "a")}\n`.repeat(3);
      write({
        "own.toml": `[[rules]]\nid = "own"\nregex = '''own_[a-z]{20}'''\nentropy = 4\n`,
        "text/a.txt": found.padEnd(500_000, "nothing is here\n"),
      });
      const { stdout } = await patrol(["rules", "test", "own.toml", "--sample", "text"]);
      assert.match(stdout, /, 6 events a megabyte, /);
      const { status, stderr } = await patrol(["rules", "test", "own.toml", "--sample", "nowhere"]);
      assert.deepEqual([status, /--sample: no text in nowhere/.test(stderr)], [2, true]);
    }),
  );

  test(
    "makes up texts for a gitleaks rule, which has no examples",
    inWorkplace(async ({ write, patrol }) => {
      write({ "own.toml": `[[rules]]\nid = "own"\nregex = '''own_[a-z]{20}'''\nkeywords = ["own_"]\n` });
      const { status, stdout } = await patrol(["rules", "test", "own.toml"]);
      assert.deepEqual([status, /finds 5 of 5 texts made up from its pattern/.test(stdout)], [0, true]);
    }),
  );

  test(
    "says how far the work goes that a text can make of a rule",
    inWorkplace(async ({ write, patrol }) => {
      const long = "(?:own|its)_[a-z_]{0,900}=[a-z_]{0,900}=[a-f0-9]{16}";
      write({ "own.toml": `[[rules]]\nid = "own"\nregex = '''${long}'''\nkeywords = ["own"]\n` });
      const { stdout } = await patrol(["rules", "test", "own.toml"]);
      assert.match(stdout, /, may read a byte more than 256 times: a text made for it may have it given up$/m);
    }),
  );

  test(
    "says which of gitleaks' rules have no bound, and takes them all the same",
    inWorkplace(async ({ write, patrol }) => {
      const rule = (id: string, regex: string) =>
        `[[rules]]\nid = "${id}"\nregex = '''${regex}'''\nkeywords = ["own_"]\n`;
      write({ "own.toml": rule("own", "own_[a-z_]{20,}") + rule("ended", "own_[a-z]{20,}") });
      const { status, stdout } = await patrol(["rules", "test", "own.toml"]);
      assert.equal(status, 0);
      // A match of this one may have any length, but ends where the next begins.
      assert.match(stdout, /^ok {6}ended: .*, \d+ states, reads a byte at most \d times$/m);
      assert.match(stdout, /^ok {6}own: .*, \d+ states, has no bound: a text made for it may have it given up$/m);
    }),
  );
});

test(
  "rules list names every rule, and a mistyped command gets the right one",
  inWorkplace(async ({ patrol }) => {
    const { stdout } = await patrol(["rules", "list"]);
    assert.match(stdout, /^npm-access-token +npm access token \(checksum crc32-base62\)$/m);
    const { status, stderr } = await patrol(["rules", "explian", "a:1"]);
    assert.deepEqual([status, /did you mean patrol rules explain\?/.test(stderr)], [2, true]);
  }),
);
