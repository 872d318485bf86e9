import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";
import { asDatabaseError } from "../../src/db/errors.ts";
import { describeError, PatrolError } from "../../src/model/errors.ts";

test("every error code of the table is told somewhere, so that the table lists what can happen and nothing else", () => {
  const table = readFileSync("src/model/errors.ts", "utf8");
  const codes = [...table.matchAll(/^ {2}"?([a-z-]+)"?: \{ blame:/gm)].map(([, code = ""]) => code);
  assert.ok(codes.length > 20);
  const texts = ["src", "worker"].flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith("model/errors.ts"))
      .map((path) => readFileSync(`${root}/${path}`, "utf8")),
  );
  // What nobody foresaw becomes `internal` in the table's own file.
  const isTold = (code: string) => code === "internal" || texts.some((text) => text.includes(`"${code}"`));
  assert.deepEqual(
    codes.filter((code) => !isTold(code)),
    [],
  );
});

test("a log says of a server that is away what is wrong, and of a surprise where it came from", () => {
  const mask = (text: string) => text.replaceAll("hunter2", "[masked]");
  const told = (error: unknown) => JSON.stringify(describeError(error, mask));
  const refused = Object.assign(new Error("connect ECONNREFUSED hunter2"), { code: "ECONNREFUSED" });
  const away = asDatabaseError(refused);
  const late = asDatabaseError(new Error("timeout exceeded when trying to connect"));
  for (const error of [away, late, new PatrolError("database-unavailable", "No token is checked.", { cause: away })]) {
    assert.match(told(error), /ECONNREFUSED \[masked\]|timeout exceeded/);
    assert.doesNotMatch(told(error), /"stack"|errors\.test|hunter2/);
  }
  const mistake = new TypeError("undefined is no function of hunter2");
  for (const error of [
    mistake,
    new PatrolError("internal", "no"),
    new PatrolError("fetch-failed", "", { cause: mistake }),
  ]) {
    assert.match(told(error), /"stack":"[^"]*errors\.test/);
    assert.doesNotMatch(told(error), /hunter2/);
  }
});
