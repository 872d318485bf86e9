import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { bindingOf } from "../../src/disk/node-bindings.ts";
import { isOwnSha256, sha256 } from "../../src/disk/sha256.ts";
import { inWorkplace } from "../support/patrol.ts";
import { crcToken } from "../support/tokens.ts";

const isKnownNode = /^v(20|22)\./.test(process.version);

describe("functions of Node.js without the modules that bring more along", () => {
  test("are had in the lines of Node.js whose modules are known to call them so", () => {
    assert.equal(isOwnSha256(), isKnownNode);
  });

  test("are not taken where a module calls them otherwise", () => {
    assert.equal(bindingOf("crypto", "internal/crypto/hash", [/\bnew _Hash\(\)/]), undefined);
    assert.equal(bindingOf("crypto", "internal/crypto/none", [/\bnew _Hash\(/]), undefined);
    assert.equal(bindingOf("none", "internal/crypto/hash", [/\bHash\b/]), undefined);
  });

  test("leave what Node.js tells of deprecated functions to whoever asks for them", () => {
    const before = process.noDeprecation;
    bindingOf("crypto", "internal/crypto/hash", [/\bHash\b/]);
    assert.equal(process.noDeprecation, before);
  });

  test("a digest is that of node:crypto, however many pieces there are", () => {
    for (const sizes of [[], [0], [1], [3, 61], [64, 0, 1], [1000, 100_000]]) {
      const pieces = sizes.map((size) => randomBytes(size));
      const whole = createHash("sha256").update(Buffer.concat(pieces)).digest();
      assert.deepEqual(sha256(...pieces), whole, sizes.join());
    }
    assert.deepEqual(sha256(new Uint8Array(randomBytes(80)).fill(7, 3, 9).subarray(3, 9)), sha256(Buffer.alloc(6, 7)));
  });

  test(
    "are enough for a scan that goes by an earlier one; without them it tells the same",
    inWorkplace(async ({ folder, git, commit, patrol, write }) => {
      write({
        "tell.cjs": `process.on("exit", () => require("node:fs").writeFileSync("told", process.moduleLoadList.join("\\n")));`,
        "none.cjs": "process.binding = undefined;",
      });
      git("init", "--quiet");
      git("config", "gc.auto", "0");
      commit("one", { "a.txt": `key = "${crcToken(7)}"\n` });
      const asked = (file: string) => ({ NODE_OPTIONS: `--throw-deprecation --require ${join(folder, file)}` });
      const scan = async (file: string) => {
        const { status, stdout, stderr } = await patrol(["git", "--cache", "-f", "json"], { env: asked(file) });
        assert.doesNotMatch(stderr, /deprecat/i);
        return { status, stdout };
      };
      const first = await scan("none.cjs");
      assert.equal(first.status, 1);
      assert.deepEqual(await scan("tell.cjs"), first);
      assert.deepEqual(await scan("none.cjs"), first);
      const told = readFileSync(join(folder, "told"), "utf8").split("\n");
      if (isKnownNode)
        assert.deepEqual(
          told.filter((line) => /^NativeModule (crypto|v8)$/.test(line)),
          [],
        );
    }),
  );
});
