// Places where a scan ends in another way than expected: nowhere to write, nobody who reads, a git that refuses.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, closeSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "vitest";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const PROGRAM = resolve("dist/patrol.cjs");
const line = `const key = "${crcToken(91)}";\n`;

describe("a report", () => {
  test(
    "that cannot be written is an error that says where and why, and half of one does not stay",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "a.js": line.repeat(40) });
      mkdirSync(join(folder, "reports"));
      for (const [path, why] of [
        ["reports", /--report-path: reports is a folder; name a file in it/],
        ["/dev/full", /cannot write \/dev\/full: .*no space left/],
      ] as const) {
        const { status, stderr } = await patrol(["dir", "a.js", "-f", "json", "-r", path]);
        assert.equal(status, 2);
        assert.match(stderr, why);
      }
      assert.ok(existsSync("/dev/full"));
      const limited = `trap '' XFSZ; ulimit -f 2; exec "$0" "$@"`;
      const ran = spawnSync("sh", ["-c", limited, process.execPath, PROGRAM, "dir", "a.js", "-r", "r.json"], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: folder },
      });
      assert.equal(ran.status, 2, ran.stderr);
      assert.match(ran.stderr, /cannot write r\.json: .*file too large/i);
      assert.ok(!existsSync(join(folder, "r.json")));
    }),
  );

  test(
    "that is the baseline too is written, and what comes of it is said",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "a.js": line, "known.json": "[]" });
      const { status, stderr } = await patrol(["dir", "a.js", "-b", "known.json", "-r", "./known.json"]);
      assert.equal(status, 1);
      assert.match(stderr, /note: .*known\.json is baseline and report/);
      assert.match(readFileSync(join(folder, "known.json"), "utf8"), /npm-access-token/);
    }),
  );
});

describe("standard output and error", () => {
  const full = (folder: string, args: readonly string[], descriptor: 1 | 2) => {
    const out = openSync("/dev/full", "w");
    const stdio = ["ignore", descriptor === 1 ? out : "ignore", descriptor === 2 ? out : "pipe"] as const;
    const ran = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, encoding: "utf8", stdio: [...stdio] });
    closeSync(out);
    return ran;
  };

  test(
    "that take nothing more: the exit code says what was found all the same, or that findings were lost",
    inWorkplace(({ folder, git, write }) => {
      git("init", "--quiet");
      write({ "clean.js": "1\n", "a.js": line });
      git("add", "clean.js");
      for (const [args, status] of [
        [["dir", "clean.js"], 0],
        [["git", "--staged"], 0],
        [["dir", "a.js"], 1],
        [["dir", "nowhere"], 2],
      ] as const)
        assert.equal(full(folder, args, 2).status, status, args.join(" "));
      const { status, stderr } = full(folder, ["dir", "a.js"], 1);
      assert.equal(status, 2);
      assert.match(stderr, /^patrol: cannot write to standard output: /);
      return Promise.resolve();
    }),
  );

  test(
    "whose reader goes away are no error",
    inWorkplace(async ({ folder, write }) => {
      write({ "a.js": line.repeat(3000) });
      const child = spawn(process.execPath, [PROGRAM, "dir", "a.js"], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      });
      child.stdout.once("data", () => child.stdout.destroy());
      let said = "";
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const status = await new Promise((done) => child.on("close", done));
      assert.deepEqual([status, /leaks found: 3000/.test(said)], [1, true], said);
    }),
  );
});

test(
  "a scan that is interrupted ends by the signal and leaves no report",
  inWorkplace(async ({ folder }) => {
    const { pid, child } = await new Promise<{ pid: number; child: ReturnType<typeof spawn> }>((started) => {
      const one = spawn(process.execPath, [PROGRAM, "stdin", "-r", "r.json"], {
        cwd: folder,
        stdio: ["pipe", "ignore", "ignore"],
      });
      // What was given is scanned while more is waited for.
      one.stdin.write(line.repeat(1000), () => started({ pid: one.pid ?? 0, child: one }));
    });
    process.kill(pid, "SIGINT");
    const signal = await new Promise((done) => child.on("close", (_status, by) => done(by)));
    assert.equal(signal, "SIGINT");
    assert.ok(!existsSync(join(folder, "r.json")));
  }),
);

test(
  "without a home, or with one that cannot be written, everything is scanned",
  inWorkplace(({ folder, git, write }) => {
    git("init", "--quiet");
    write({ "a.js": line });
    git("add", ".");
    writeFileSync(join(folder, "home"), "");
    for (const env of [
      {},
      { HOME: join(folder, "none") },
      { HOME: join(folder, "home") },
      { HOME: "", LC_ALL: "POSIX" },
    ])
      for (const args of [
        ["dir", "a.js"],
        ["git", "--staged"],
      ]) {
        const options = { cwd: folder, encoding: "utf8", env: { PATH: process.env["PATH"], ...env } } as const;
        const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], options);
        assert.deepEqual([status, stderr.split("\n").length], [1, 3], stderr);
      }
    assert.ok(!existsSync(join(folder, "none")), "who has no home is given none");
    return Promise.resolve();
  }),
);

test(
  "a repository that git does not work in, as it is somebody else's, is told apart from none",
  inWorkplace(async ({ git, patrol }) => {
    git("init", "--quiet");
    const { status, stderr } = await patrol(["hook", "install"], { env: { GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" } });
    assert.equal(status, 2);
    assert.match(stderr, /is no repository that git works in: .*safe\.directory/);
    assert.match((await patrol(["hook", "doctor", "--type", "pre-comit"])).stderr, /--type cannot be pre-comit/);
  }),
);

test(
  "a current folder that was removed is named, and so is what cannot be opened as too many files are open",
  inWorkplace(({ folder, write }) => {
    write({ "a.js": "1\n" });
    const inShell = (script: string, ...args: string[]) =>
      spawnSync("sh", ["-c", script, process.execPath, PROGRAM, ...args], {
        cwd: folder,
        encoding: "utf8",
        env: { PATH: process.env["PATH"], HOME: folder },
      });
    for (const command of ["dir", "git", "stdin"]) {
      const { status, stderr } = inShell('mkdir gone && cd gone && rmdir ../gone && exec "$0" "$@"', command);
      assert.deepEqual(
        [status, stderr],
        [2, "patrol: the current folder was removed; run Patrol in one that is there\n"],
      );
    }
    // Node.js itself needs some before it runs anything; how many hangs on its version.
    for (let most = 16; most < 24; most++) {
      const { status, stderr } = inShell(`ulimit -n ${most}; exec "$0" "$@"`, "dir", "a.js");
      assert.notEqual([status, stderr.includes("run npm run build")].join(), "2,true", stderr);
    }
    return Promise.resolve();
  }),
);
