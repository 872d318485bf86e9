import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "vitest";
import { parse } from "yaml";
import type { Receipt } from "../../src/cli/receipt/receipt-file.ts";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const token = crcToken(61);
const line = `const key = "${token}";\n`;

function keys({ write }: Workplace): void {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  write({
    "keys/private.pem": privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    "keys/public.pem": publicKey.export({ type: "spki", format: "pem" }).toString(),
  });
}

const SIGNED = ["--receipt", "receipt.json", "--receipt-key", "keys/private.pem"];
const VERIFY = ["receipt", "verify", "receipt.json", "--key", "keys/public.pem"];

test(
  "a signed receipt tells what was scanned, and a changed one does not verify",
  inWorkplace(async (place) => {
    const { folder, git, commit, patrol } = place;
    git("init", "--quiet", "--initial-branch=main");
    commit("One", { "a.js": line });
    const head = commit("Two", { "b.txt": "b\n", ".gitleaks.toml": "[extend]\nuseDefault = true\n" });
    keys(place);
    assert.equal((await patrol(["git", ...SIGNED])).status, 1);
    const path = join(folder, "receipt.json");
    const text = readFileSync(path, "utf8");
    assert.ok(!text.includes(token));
    const receipt = JSON.parse(text) as Receipt;
    // Commits and blobs, as git counts them.
    const objects = git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype)").split("\n");
    const count = objects.filter((type) => type !== "tree").length;
    assert.ok(Number(receipt.counts["scanned"]) >= count);
    assert.deepEqual(
      [receipt.counts["commits"], receipt.counts["expected"], receipt.refs?.["refs/heads/main"]],
      [2, count, head],
    );
    assert.deepEqual(
      [receipt.findings.reported, receipt.exitStatus, receipt.isComplete, receipt.rules.configuration?.sha256],
      [1, 1, true, createHash("sha256").update("[extend]\nuseDefault = true\n").digest("hex")],
    );
    const verified = await patrol(VERIFY);
    assert.deepEqual([verified.status, /^complete$/m.test(verified.stdout)], [0, true], verified.stderr);
    writeFileSync(path, text.replace('"reported": 1', '"reported": 0'));
    const forged = await patrol(VERIFY);
    assert.deepEqual([forged.status, /the signature does not hold/.test(forged.stderr)], [2, true]);
  }),
);

test(
  "a receipt of a scan that left something out says so, and verifies as incomplete",
  inWorkplace(async (place) => {
    const { write, patrol } = place;
    keys(place);
    write({ "a.txt": "nothing\n" });
    assert.equal((await patrol(["dir", "a.txt", "missing.txt", ...SIGNED])).status, 2);
    const { status, stdout } = await patrol(VERIFY);
    assert.equal(status, 2);
    assert.match(stdout, /not scanned: missing\.txt: no such file or folder\nnot complete\n/);
    assert.equal((await patrol(["dir", "--receipt", "r.json", "--receipt-key", "a.txt"])).status, 2);
  }),
);

test(
  "the action writes annotations, a summary, SARIF, a receipt and its outputs, and fails as the scan does",
  inWorkplace(async ({ folder, git, commit }) => {
    git("init", "--quiet");
    commit("One", { "a.js": line });
    const action = parse(readFileSync("action.yml", "utf8")) as {
      inputs: Record<string, { default?: string }>;
      runs: { steps: { run: string; env: Record<string, string> }[] };
    };
    const [step] = action.runs.steps;
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(step?.env ?? {})) {
      const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)?.[1];
      env[name] = input === undefined ? value : (action.inputs[input]?.default ?? "");
    }
    const run = (more: Record<string, string>) =>
      execFileSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", step?.run ?? ""], {
        cwd: folder,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env["PATH"],
          HOME: folder,
          ...env,
          GITHUB_ACTION_PATH: resolve("."),
          GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
          GITHUB_OUTPUT: join(folder, "output.txt"),
          ...more,
        },
      });
    const failed = (() => {
      try {
        run({});
      } catch (error) {
        return error as { status: number; stdout: string };
      }
    })();
    assert.equal(failed?.status, 1);
    assert.match(failed.stdout, /^::error file=a\.js,line=1,/m);
    const written = (name: string) => readFileSync(join(folder, name), "utf8");
    assert.match(written("summary.md"), /^### Patrol: Leaks found: 1\n\n\| What \| Where/);
    assert.match(written("output.txt"), /^exit-status=1$/m);
    assert.equal(
      (JSON.parse(written("patrol.sarif")) as { runs: { results: unknown[] }[] }).runs[0]?.results.length,
      1,
    );
    assert.equal((JSON.parse(written("patrol-receipt.json")) as Receipt).isComplete, true);
    assert.ok(!`${failed.stdout}${written("summary.md")}${written("patrol.sarif")}`.includes(token));
    run({ PATROL_FAIL_ON_LEAKS: "false" });
  }),
);
