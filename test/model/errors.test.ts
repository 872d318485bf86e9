import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";

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
