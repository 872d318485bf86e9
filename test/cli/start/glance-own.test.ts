import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, test } from "vitest";
import { builtProgram } from "../../support/hooks.ts";
import { crcToken } from "../../support/tokens.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";

beforeAll(builtProgram);

const rule = (id: string, word: string, more = "") =>
  `[[rules]]\nid = "${id}"\nregex = '''${word}-[0-9a-f]{8}'''\nkeywords = ["${word}-"]\n${more}`;
const clean = "export const answer = compute(options.first, 42);\n";
const apple = "apple-01234567\n";
const pear = "pear-89abcdef\n";

/** A repository in which `a.txt` is staged, and what a first look and the whole program say there. */
function lookedAt({ git, write, patrol, folder }: Workplace) {
  git("init", "--quiet");
  const stage = (files: Record<string, string>) => {
    write(files);
    git("add", ...Object.keys(files));
  };
  stage({ "a.txt": clean });
  const timeless = (text: string) => text.replace(/ in [\d.]+m?s/, "");
  const glance = async (env: Record<string, string> = {}) =>
    (await patrol(["hook", "glance", "pre-commit"], { env })).status === 0;
  return {
    stage,
    glance,
    whole: () => patrol(["git", "--staged", "--max-decode-depth=5"]),
    kept: join(`${folder}-cache`, "patrol/rules"),
    /** Twice, as rules are compiled for the first look when they are seen again. */
    async seen() {
      for (let time = 0; time < 2; time++) await patrol(["git", "--staged"]);
    },
    /** That it decides, and says what the whole program does. */
    async decides(why: string) {
      const [quick, whole] = [
        await patrol(["hook", "glance", "pre-commit"]),
        await patrol(["git", "--staged", "--max-decode-depth=5"]),
      ];
      assert.deepEqual({ ...quick, stderr: timeless(quick.stderr) }, { ...whole, stderr: timeless(whole.stderr) }, why);
    },
  };
}

describe("the first look by a configuration of the repository's own", () => {
  test(
    "decides by rules that were seen before, and says what the whole program says",
    inWorkplace(async (place) => {
      const { stage, seen, decides, glance } = lookedAt(place);
      const configurations: Record<string, string> = {
        "rules of its own": rule("one", "apple"),
        "a warning, allowlists, composite rules, entropy": `strange = 1\n${rule("one", "apple", 'entropy = 2\n[[rules.required]]\nid = "two"\n')}${rule("two", "pear")}[[allowlists]]\npaths = ['''vendor/''']\n`,
        "a rule for paths alone": `${rule("one", "apple")}[[rules]]\nid = "p"\npath = '''(?i)(?:^|/)[^/]+\\.p(?:12|fx)$'''\n`,
      };
      place.write({ ".gitleaks.toml": configurations["rules of its own"] ?? "" });
      assert.ok(!(await glance()), "nothing was seen yet");
      for (const [why, text] of Object.entries(configurations)) {
        place.write({ ".gitleaks.toml": text });
        await seen();
        await decides(why);
      }
      for (const [name, content, isClean] of [
        ["b.txt", apple, false],
        ["b.txt", pear, true],
        ["b.p12", clean, false],
        ["deep/er/B.PFX", clean, false],
        ["b.p12.txt", clean, true],
        ["b\u00fc.txt", clean, false],
      ] as const) {
        stage({ [name]: content });
        assert.equal(await glance(), isClean, name);
        place.git("rm", "--quiet", "--cached", name);
      }
    }),
  );

  test(
    "goes by the built-in rules and its own where it extends them",
    inWorkplace(async (place) => {
      const { stage, seen, decides, glance } = lookedAt(place);
      stage({ ".gitleaks.toml": `[extend]\nuseDefault = true\n${rule("one", "apple")}` });
      await seen();
      await decides("nothing is found");
      stage({ "b.txt": apple });
      assert.ok(!(await glance()), "its own rule");
      stage({ "b.txt": `key = "${crcToken(43)}"\n` });
      assert.ok(!(await glance()), "a built-in rule");
    }),
  );

  test(
    "leaves it to the whole program where other rules count than it knows",
    inWorkplace(async (place) => {
      const { stage, seen, glance, whole } = lookedAt(place);
      const { write, git, folder } = place;
      const leaves = async (why: string) => assert.ok(!(await glance()), why);
      stage({ "a.txt": apple });
      const other = { ".gitleaks.toml": rule("two", "pear") };
      write(other);
      await seen();
      assert.ok(await glance());
      assert.ok(!(await glance({ GITLEAKS_CONFIG: ".gitleaks.toml" })), "a variable chooses");
      write({ ".gitleaks.toml": rule("one", "apple") });
      await leaves("the file was changed");
      git("add", ".gitleaks.toml");
      write(other);
      await leaves("another one is staged than lies there");
      assert.equal((await whole()).status, 1);
      git("rm", "--quiet", "--cached", "--force", ".gitleaks.toml");
      write({ ".patrol.toml": rule("one", "apple") });
      await leaves("another file goes before it");
      rmSync(join(folder, ".patrol.toml"));

      write({ ".gitleaks.toml": '[extend]\npath = "ci/more.toml"\n', "ci/more.toml": rule("two", "pear") });
      await seen();
      assert.ok(await glance());
      write({ "ci/more.toml": rule("one", "apple") });
      await leaves("what it extends was changed");
      write({ "ci/more.toml": rule("two", "pear") });
      await seen();
      git("add", ".gitleaks.toml");
      assert.ok(await glance(), "staged as it lies there");
      git("add", "ci/more.toml");
      write({ "ci/more.toml": rule("one", "apple") });
      assert.ok(await glance(), "what counts is staged");
      stage({ "ci/more.toml": rule("one", "apple") });
      write({ "ci/more.toml": rule("two", "pear") });
      await leaves("what it extends is staged otherwise");
      assert.equal((await whole()).status, 1);
      rmSync(join(folder, "ci/more.toml"));
      git("rm", "--quiet", "--cached", "--force", "ci/more.toml");
      assert.ok(!(await glance()), "what it extends is gone");
    }),
  );

  test(
    "leaves rules to the whole program that it cannot look for",
    inWorkplace(async (place) => {
      const { stage, seen, glance, whole } = lookedAt(place);
      stage({ "a.txt": "word\n" });
      for (const more of ["[[rules]]\nid = 'x'\nregex = '''[a-z]+'''\n", "[[rules]]\nid = 'x'\npath = '''\\x61'''\n"]) {
        place.write({ ".gitleaks.toml": rule("one", "apple") + more });
        await seen();
        assert.ok(!(await glance()), more);
        assert.equal((await whole()).status, 1, more);
      }
    }),
  );

  test(
    "takes nothing from another build, nothing damaged, and nothing that others could have put there",
    inWorkplace(async (place) => {
      const { seen, glance, kept } = lookedAt(place);
      place.write({ ".gitleaks.toml": rule("one", "apple") });
      await seen();
      const [look = "", image = ""] = [".look", ".img"].map((end) =>
        join(kept, readdirSync(kept).find((name) => name.endsWith(end)) ?? "none"),
      );
      const [lookBytes, imageBytes] = [readFileSync(look), readFileSync(image)];
      const ways: Record<string, () => void> = {
        "of another build": () => writeFileSync(look, lookBytes.toString().replace(/"build":"./, '"build":"-')),
        "of another path": () => writeFileSync(look, lookBytes.toString().replace('"path":"', '"path":"/')),
        "cut short": () => writeFileSync(look, lookBytes.subarray(0, -1)),
        empty: () => writeFileSync(look, ""),
        "an image cut short": () => writeFileSync(image, imageBytes.subarray(0, 600)),
        "an image of other rules": () =>
          writeFileSync(
            image,
            imageBytes.map((byte, at) => (at === 100 ? ~byte : byte)),
          ),
        "no image": () => rmSync(image),
        "a file that anybody may write": () => chmodSync(look, 0o602),
        "an image that anybody may write": () => chmodSync(image, 0o602),
        "a folder that anybody may write": () => chmodSync(kept, 0o777),
      };
      assert.ok(await glance(), "else the cases below would prove nothing");
      for (const [how, change] of Object.entries(ways)) {
        writeFileSync(look, lookBytes);
        writeFileSync(image, imageBytes);
        [look, image].forEach((path) => chmodSync(path, 0o600));
        change();
        assert.ok(!(await glance()), how);
      }
    }),
  );
});
