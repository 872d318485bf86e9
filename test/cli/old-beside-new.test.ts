// What is told already, or no finding of this scan, is a secret all the same: beside what is told it is hidden.
import assert from "node:assert/strict";
import { test } from "vitest";
import { inWorkplace, type Workplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const [old, added, other] = [crcToken(41), crcToken(42), crcToken(43)];

async function hidesAll({ patrol }: Workplace, args: readonly string[], findings: number): Promise<void> {
  for (const report of [[], ["-f", "json", "-r", "-"], ["-f", "sarif", "-r", "-"], ["-f", "html", "-r", "-"]]) {
    const { status, stdout, stderr } = await patrol([...args, ...report]);
    assert.equal(status, 1, stderr);
    for (const secret of [old, added, other])
      assert.ok(!(stdout + stderr).includes(secret), `${args.join(" ")}: ${stdout}`);
    if (report[1] === "json") assert.equal((JSON.parse(stdout) as unknown[]).length, findings, stdout);
  }
}

/** Its second commit puts one more into a line that held a secret before. */
function grown(place: Workplace): void {
  place.git("init", "--quiet", "--initial-branch=main");
  place.commit("One", { "a.txt": `keys: ${old}\n` });
  place.commit("Two", { "a.txt": `keys: ${old} ${added}\n` });
}

test(
  "in a history and a part of one, an older secret in the line of a new one",
  inWorkplace(async (place) => {
    grown(place);
    await hidesAll(place, ["git"], 2);
    await hidesAll(place, ["git", "--log-opts=HEAD~1..HEAD"], 1);
    await hidesAll(place, ["git", "--cache"], 2);
    place.commit("Three", { "b.txt": "nothing\n" });
    await hidesAll(place, ["git", "--cache"], 2);
  }),
);

test(
  "in a history that is scanned again, whatever stood beside a secret when it was told, and reports say the same",
  inWorkplace(async (place) => {
    place.git("init", "--quiet", "--initial-branch=main");
    place.commit("One", { "alone.txt": `key: ${old}\n`, "both.txt": `keys: ${old} ${added}\n` });
    const encoded = Buffer.from(`key=${other}`).toString("base64");
    place.commit("Two", {
      "encoded.txt": `keys: ${old} ${encoded}\n`,
      "both.txt": `keys: ${old} ${added} ${other}\n`,
      "ignored.txt": `keys: ${old} "${added}" # gitleaks:allow\n`,
    });
    const rows = async (...more: string[]) => {
      const { stdout } = await place.patrol(["git", "-f", "json", "-r", "-", ...more]);
      for (const secret of [old, added, other, encoded]) assert.ok(!stdout.includes(secret), stdout);
      return JSON.parse(stdout) as unknown;
    };
    const first = await rows();
    assert.deepEqual(await rows("--cache"), first);
    assert.deepEqual(await rows("--cache"), first);
    place.commit("Three", { "b.txt": "nothing\n" });
    assert.deepEqual(await rows("--cache"), first);
    await hidesAll(place, ["git", "--cache"], (first as unknown[]).length);
  }),
);

test(
  "in what is staged, and in what is changed and not staged",
  inWorkplace(async (place) => {
    grown(place);
    place.write({ "a.txt": `keys: ${old} ${added} ${other}\n` });
    await hidesAll(place, ["git", "--pre-commit"], 1);
    place.git("add", "a.txt");
    await hidesAll(place, ["git", "--staged"], 1);
  }),
);

test(
  "in a push",
  inWorkplace(async (place) => {
    place.git("init", "--quiet", "--bare", "remote.git");
    place.write({ ".gitignore": "remote.git\n" });
    place.git("init", "--quiet", "--initial-branch=main");
    place.commit("One", { "a.txt": `keys: ${old}\n` });
    place.git("push", "--quiet", "./remote.git", "main");
    const before = place.git("rev-parse", "HEAD");
    const now = place.commit("Two", { "a.txt": `keys: ${old} ${added}\n` });
    const { status, stdout, stderr } = await place.patrol(["hook", "run", "pre-push", "origin", "./remote.git"], {
      input: `refs/heads/main ${now} refs/heads/main ${before}\n`,
    });
    assert.equal(status, 1, stderr);
    assert.match(stdout + stderr, /REDACTED/);
    for (const secret of [old, added]) assert.ok(!(stdout + stderr).includes(secret), stdout + stderr);
  }),
);
