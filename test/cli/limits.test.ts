import assert from "node:assert/strict";
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
