// Folders whose names are no UTF-8, which Node.js tells with U+FFFD in the place of some bytes.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "vitest";
import type { Row } from "../../../src/report/row.ts";
import { inWorkplace, type Workplace } from "../../support/patrol.ts";
import { crcToken } from "../../support/tokens.ts";

const token = crcToken(821);
const line = (seed: number) => `const key = "${crcToken(seed)}";\n`;
const [PROGRAM, REPORT] = [resolve("dist/patrol.cjs"), ["-f", "json", "-r", "out.json", "--redact=0"]];

/** Runs a command line in a folder of the workplace that `printf` names; what is put on standard error. */
function patrolIn({ folder }: Workplace, name: string, words: readonly string[]): { status: number; stderr: string } {
  const script = 'cd "$(printf "$1")" && shift && "$@" 2>"$0/stderr" >/dev/null; echo $?';
  const env = { PATH: process.env["PATH"], HOME: folder, XDG_CACHE_HOME: `${folder}-cache`, LANG: "C.UTF-8" };
  const args = ["-c", script, folder, name, process.execPath, PROGRAM, ...words];
  const status = execFileSync("sh", args, { cwd: folder, env, encoding: "utf8" });
  return { status: Number(status), stderr: readFileSync(join(folder, "stderr"), "utf8") };
}

/** A repository in a folder `r\377`, with a token in its history, in a file that is staged, and behind a link. */
function odd({ folder }: Workplace): void {
  const script = `
    r=$(printf 'r\\377'); mkdir -p "$r/sub" "$r-other" && cd "$r" && git init --quiet &&
    printf '%s' "$1" >sub/a.js && git add . && git -c user.name=Ada -c user.email=ada@example.org commit --quiet -m One &&
    printf '%s' "$2" >b.js && git add b.js && printf '%s' "$3" >"../$r-other/c.js" && ln -s "../../$r-other" sub/link &&
    echo changed >>b.js && printf '[extend]\\nuseDefault = true\\n' >.gitleaks.toml`;
  execFileSync("sh", ["-c", script, "sh", ...[821, 822, 823].map(line)], { cwd: folder, stdio: "pipe" });
}

const told = (bytes: string) => (JSON.parse(bytes) as Row[]).map((row) => `${row.File} ${row.Secret}`).sort();

describe.skipIf(process.platform !== "linux")("a folder whose name is no UTF-8", () => {
  test.each([
    ["r\\377", ["git"], [`sub/a.js ${token}`]],
    ["r\\377/sub", ["git", "--cache"], [`sub/a.js ${token}`]],
    ["r\\377", ["git", "--log-opts=HEAD"], [`sub/a.js ${token}`]],
    ["r\\377", ["git", "--staged"], [`b.js ${crcToken(822)}`]],
    ["r\\377/sub", ["git", "--pre-commit"], [`b.js ${crcToken(822)}`]],
    ["r\\377", ["dir"], [`b.js ${crcToken(822)}`, `sub/a.js ${token}`]],
  ])("is scanned by who is in it: in %s, patrol %s", (name, words, expected) =>
    inWorkplace((place) => {
      odd(place);
      const { status, stderr } = patrolIn(place, name, [...words, ...REPORT]);
      assert.equal(status, 1, stderr);
      const report = execFileSync("sh", ["-c", 'cat "$(printf "$1")/out.json"', "sh", name], { cwd: place.folder });
      assert.deepEqual([...new Set(told(report.toString()))], expected, stderr);
      assert.ok(!stderr.includes("/proc/"), stderr);
      return Promise.resolve();
    })(),
  );

  test(
    "is gone into where a link leads there, and where it is come by",
    inWorkplace((place) => {
      odd(place);
      for (const [name, expected] of [
        ["r\\377/sub", 2],
        [".", 3],
      ] as const) {
        const { status, stderr } = patrolIn(place, name, ["dir", "--follow-symlinks", ...REPORT]);
        assert.equal(status, 1, stderr);
        const report = execFileSync("sh", ["-c", 'cat "$(printf "$1")/out.json"', "sh", name], { cwd: place.folder });
        const secrets = (JSON.parse(report.toString()) as Row[]).map((row) => row.Secret);
        assert.equal(new Set(secrets).size, expected, secrets.join());
      }
      return Promise.resolve();
    }),
  );

  test(
    "is where a search for the repository ends",
    inWorkplace((place) => {
      place.git("init", "--quiet");
      odd(place);
      const { status, stderr } = patrolIn(place, "r\\377-other", ["git"]);
      assert.equal(status, 2);
      assert.match(stderr, /no git repository.*; what lies above .*r\uFFFD-other is not seen from below it/);
      return Promise.resolve();
    }),
  );

  test(
    "cannot be named on the command line, and the way out is told",
    inWorkplace((place) => {
      odd(place);
      for (const words of [
        ["git", "r\uFFFD"],
        ["dir", "r\uFFFD"],
        ["dir", "--report-path", "r\uFFFD/out.json"],
      ]) {
        const { status, stderr } = patrolIn(place, ".", words);
        assert.equal(status, 2);
        assert.match(stderr, /a name that is no UTF-8 does not reach Patrol: run it in that folder/);
      }
      return Promise.resolve();
    }),
  );
});
