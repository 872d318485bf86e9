import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { inWorkplace, type Workplace } from "../support/patrol.ts";

async function refused({ patrol }: Workplace, ...says: readonly string[]): Promise<void> {
  const { status, stderr } = await patrol(["dir", "."]);
  assert.equal(status, 2, stderr);
  for (const part of says) assert.ok(stderr.includes(part), stderr);
}

/** A file of so many zeros, which take no room. */
function long({ folder, write }: Workplace, name: string, bytes: number): void {
  write({ [name]: "" });
  truncateSync(join(folder, name), bytes);
}

const rules = (count: number) =>
  Array.from({ length: count }, (_, i) => `[[rules]]\nid = "r${i}"\nregex = "t${i}_[a-z]{20}"\n`).join("");
const allowing = (count: number) =>
  `${rules(1)}[[allowlists]]\nregexes = [${Array.from({ length: count }, (_, i) => `"x${i}"`).join()}]\n`;

describe("what a stranger put there is refused by name when it is beyond all need", () => {
  test.each([".gitleaks.toml", ".patrol.toml"])("%s", (name) =>
    inWorkplace(async (place) => {
      long(place, name, 100 << 20);
      await refused(place, `${name} has 104857600 bytes, more than the 16777216`, "shorten it or move it away");
    })(),
  );

  test.each([".gitleaksignore", ".patrolignore", ".patrol-baseline"])("%s", (name) =>
    inWorkplace(async (place) => {
      long(place, name, 100 << 20);
      await refused(place, `${name} has 104857600 bytes, more than the 67108864`, "shorten it or move it away");
    })(),
  );

  test(
    "a file that a configuration extends",
    inWorkplace(async (place) => {
      place.write({ ".gitleaks.toml": '[extend]\npath = "base.toml"\n' });
      long(place, "base.toml", 17 << 20);
      await refused(place, "base.toml has 17825792 bytes, more than the 16777216");
    }),
  );

  test(
    "the number of rules",
    inWorkplace(async (place) => {
      place.write({ ".gitleaks.toml": rules(5001) });
      await refused(place, ".gitleaks.toml: it has 5001 rules, more than 5000; take out what is not needed");
    }),
  );

  test(
    "the number of patterns in allowlists",
    inWorkplace(async (place) => {
      place.write({ ".gitleaks.toml": allowing(5001) });
      await refused(place, ".gitleaks.toml: it has 5001 paths and regexes in allowlists, more than 5000");
    }),
  );

  test(
    "how deep it nests",
    inWorkplace(async (place) => {
      place.write({ ".gitleaks.toml": `x = ${"[".repeat(100_000)}${"]".repeat(100_000)}\n` });
      await refused(place, ".gitleaks.toml: not TOML: line 1, column", "nested");
    }),
  );
});

describe("what a person names has its limit, too", () => {
  const limits = [
    [["--config"], 16 << 20],
    [["--gitleaks-ignore-path"], 64 << 20],
    [["--baseline-path"], 256 << 20],
    [["--report-template"], 1 << 20],
    [["--receipt", "receipt.json", "--receipt-key"], 1 << 20],
  ] as const;

  test.each(limits)("%s", (flags, most) =>
    inWorkplace(async (place) => {
      long(place, "named", most + 1);
      const { status, stderr } = await place.patrol(["dir", ".", ...flags, "named"]);
      const told = `${flags.at(-1)}: named has ${most + 1} bytes, more than the ${most} bytes that such a file may have; shorten`;
      assert.deepEqual([status, stderr.includes(told)], [2, true], stderr);
    })(),
  );

  test.each([
    ["dir", ".", "--config"],
    ["dir", ".", "--report-template"],
    ["rules", "test"],
  ])("a device without an end: %s %s %s", (...words) =>
    inWorkplace(async ({ patrol }) => {
      const { status, stderr } = await patrol([...words, "/dev/zero"]);
      assert.equal(status, 2);
      assert.match(stderr, /: \/dev\/zero gives more than the \d+ bytes that such a file may have; shorten it or name/);
    })(),
  );

  test(
    "a pipe that somebody writes to is read",
    inWorkplace(async ({ folder, write, patrol }) => {
      write({ "a.txt": `x = "t0_${"q".repeat(20)}"\n` });
      execFileSync("mkfifo", [join(folder, "pipe")]);
      const running = patrol(["dir", "a.txt", "--config", "pipe"]);
      execFileSync("sh", ["-c", 'cat > "$0"', join(folder, "pipe")], { input: rules(1) });
      const { status, stderr } = await running;
      assert.equal(status, 1, stderr);
    }),
  );
});
