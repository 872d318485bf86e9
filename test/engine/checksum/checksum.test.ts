import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { base32, fromBase32 } from "../../../src/engine/checksum/base32.ts";
import { base62 } from "../../../src/engine/checksum/base62.ts";
import { crc32 } from "../../../src/engine/checksum/crc32.ts";
import { CHECKSUMS } from "../../../src/engine/checksum/index.ts";
import { marvin32 } from "../../../src/engine/checksum/marvin32.ts";

/** Published samples, each in two parts so that no file holds a whole token: name, token, a place where a change shows. */
const PUBLISHED: readonly (readonly [checksum: string, first: string, second: string])[] = [
  ["crc32-base62", "ghp_sbUsUmRNn8X74dFU", "0DJ9Fm1mvdCgtH474T38"],
  ["crc32-base62", "ghr_xgrrGzSbbGRL34Wp39JU9nxtN27Pr1v1He8F", "jE7x7wbExGGs7nfJszJDAmZuoKasxZ0KxJ1HSzgc"],
  ["crc32-base62", "npm_qkJaB6MffYVzZXWq", "mcoF49yrUxP3wf0LsakP"],
  ["gitlab-routable", "glpat-vSY1cyL948aAB440qB6", "L4zlu9OzsUmEV.01.0w0sfevch"],
  ["crates-trustpub", "cio_tp_gGK6jurSwKyl", "9V3Az19z7YEFQI9aoOOd"],
  ["vercel", "vcp_35UYJwYZDigYATKhxJUAhPqRhi", "t2Xe3dtiG60LsUTHeklEXDQ94Jafpu"],
  ["azure-devops-legacy", "dip55dwf4vpitomw63jzvomefm", "i2jluguprzwwqwuc6xq4fhocwq"],
  ["azure-devops-legacy", "aaatoaqdaqc3cyiga4eascqlbq", "gq4dyqcejhaeyuculbogazdinq"],
  ["grafana", "glsa_iNValIdinValiDinv", "alidinvalidinva_5b582697"],
];

describe("published tokens", () => {
  test.each(PUBLISHED)("%s holds, and no changed character does", (name, first, second) => {
    const checksum = CHECKSUMS[name] ?? assert.fail();
    const token = first + second;
    assert.equal(checksum.verify(token), true);
    assert.equal(checksum.complete(token), token);
    const prefix = /^[a-z_-]*[_-]/.exec(token)?.[0].length ?? 0;
    for (let at = prefix; at < token.length - 1; at++) {
      if (!/[a-zA-Z2-7]/.test(token.charAt(at))) continue;
      const changed = token.slice(0, at) + (token.charAt(at) === "a" ? "b" : "a") + token.slice(at + 1);
      assert.equal(checksum.verify(changed), false, changed);
    }
  });
});

test("an Azure DevOps token is whole whatever its provider bytes, and one of another length is none", () => {
  const { verify, complete } = CHECKSUMS["azure-devops"] ?? assert.fail();
  for (const provider of ["AAAA", "AAAS", "BcD4"]) {
    const token = complete(`${"A".repeat(52)}JQQJ99CA${"A".repeat(12)}${provider}AZDO0000`);
    assert.equal(verify(token), true);
    assert.equal(verify(token.replace(/^A/, "B")), false);
    assert.equal(verify(token.slice(1)), false);
  }
});

test("no checksum takes what is not of its format", () => {
  for (const { verify } of Object.values(CHECKSUMS)) {
    for (const text of ["", "a", "_", "\u00ff\u00ff", "!".repeat(52), "=".repeat(84)])
      assert.equal(verify(text), false);
  }
});

test("the hashes give their published values", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
  assert.equal(base62(crc32("hello"), 6), "0zNvy2");
  assert.equal(marvin32(Buffer.alloc(0), 0x004fb61a001bdbccn), (0x30ed35c1 ^ 0x00cd3c7d) >>> 0);
  assert.equal(marvin32(Buffer.from("ab427ea8d10fc7", "hex"), 0x004fb61a001bdbccn), (0xe11847e4 ^ 0xf0678c41) >>> 0);
  assert.equal(base32(Buffer.from("foobar")), "mzxw6ytboi");
  assert.deepEqual(fromBase32("MZXW6YTBOI"), Uint8Array.from(Buffer.from("foobar")));
  assert.equal(fromBase32("mzx1"), undefined);
});
