import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "vitest";
import { inWorkplace } from "../../support/patrol.ts";

describe("hooks where names are no UTF-8", () => {
  test.skipIf(process.platform !== "linux")(
    "are refused rather than written to a folder that git does not look into",
    inWorkplace(async ({ folder, git, patrol }) => {
      git("init", "--quiet");
      const setting = Buffer.from([...Buffer.from("[core]\n\thooksPath = own-"), 0xff, 0x0a]);
      appendFileSync(join(folder, ".git/config"), setting);
      for (const verb of ["install", "doctor"]) {
        const { status, stderr } = await patrol(["hook", verb]);
        assert.equal(status, 2);
        assert.match(stderr, /core\.hooksPath is .*, which is no UTF-8/);
      }
      assert.deepEqual(
        readdirSync(folder).filter((name) => name !== ".git"),
        [],
      );
    }),
  );

  test.skipIf(process.platform !== "linux")(
    "and so is a repository in such a folder",
    inWorkplace(async ({ folder }) => {
      const script = `
        cd "$1" && name=$(printf 'r\\377') && mkdir "$name" && cd "$name" && git init --quiet &&
        { "$0" "$2" hook install 2>../said; echo $? >../status; }`;
      execFileSync("sh", ["-c", script, process.execPath, folder, resolve("dist/patrol.cjs")], { stdio: "pipe" });
      const read = (name: string) => execFileSync("cat", [join(folder, name)], { encoding: "utf8" });
      assert.equal(read("status"), "2\n");
      assert.match(read("said"), /the repository is .*, which is no UTF-8/);
      assert.ok(!existsSync(join(folder, "r\uFFFD")));
    }),
  );
});
