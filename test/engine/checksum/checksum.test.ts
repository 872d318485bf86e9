import assert from "node:assert/strict";
import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, test } from "vitest";
import { base32, fromBase32 } from "../../../src/engine/checksum/base32.ts";
import { base62 } from "../../../src/engine/checksum/base62.ts";
import { crc32 } from "../../../src/engine/checksum/crc32.ts";
import { CHECKSUMS } from "../../../src/engine/checksum/index.ts";
import { marvin32 } from "../../../src/engine/checksum/marvin32.ts";

/** Published samples, each in two parts so that no file holds a whole token: name, token, a place where a change shows. */
const PUBLISHED: readonly (readonly [checksum: string, first: string, second: string])[] = [
  ["crc32-base62", "ghp_sbUsUmRNn8X74dFU", "0DJ9Fm1mvdCgtH474T38"],
  ["crc32-base62", "ghr_xgrrGzSbbGRL34Wp39JU", "9nxtN27Pr1v1He8FjE7x7wbExGGs7nfJszJDAmZuoKasxZ0KxJ1HSzgc"],
  ["crc32-base62", "npm_qkJaB6MffYVzZXWq", "mcoF49yrUxP3wf0LsakP"],
  ["gitlab-routable", "glpat-vSY1cyL948aAB440qB6", "L4zlu9OzsUmEV.01.0w0sfevch"],
  ["crates-trustpub", "cio_tp_gGK6jurSwKyl", "9V3Az19z7YEFQI9aoOOd"],
  ["vercel", "vcp_35UYJwYZDigYATKhxJUAhPqRhi", "t2Xe3dtiG60LsUTHeklEXDQ94Jafpu"],
  ["azure-devops-legacy", "dip55dwf4vpitomw63jzvomefm", "i2jluguprzwwqwuc6xq4fhocwq"],
  ["azure-devops-legacy", "aaatoaqdaqc3cyiga4eascqlbq", "gq4dyqcejhaeyuculbogazdinq"],
  ["grafana", "glsa_iNValIdinValiDinv", "alidinvalidinva_5b582697"],
  ["nats-nkey", "SUACSSL3UAHUDXKFSNVU", "ZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"],
  // Of Octez' sandbox (bootstrap1) and of Stellar's test of its keys.
  ["tezos", "edsk3gUfUPyBSfrS9CCgmCiQsT", "CHGkviBDusMxDJstFtojtc1zcpsh"],
  ["stellar", "SBU2RRGLXH3E5CQHTD3ODLDF2BWD", "CYUSSBLLZ5GNW7JXHDIYKXZWHOKR"],
  // The vectors of NIP-19 and of BIP 32.
  // The seed that XRPL's libraries test with, and the key that age's do.
  ["xrp-seed", "sEdTM1uX8pu2do5X", "vTnutH6HsouMaM2"],
  ["bech32", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJ", "ZGFPYYSJZGFPYYSJZGFPQ4EGAEX"],
  ["zuplo", "zpka_3e6c4f7d39954ca29353", "b7ab88589b64_de26cd55"],
  ["bech32", "nsec1vl029mgpspedva04g90vltkh6f", "vh240zqtv9k0t9af8935ke9laqsnlfe5"],
  [
    "base58check",
    "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jP",
    "PqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
  ],
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

/** RFC 7515, appendix A.1. */
const [JOSE_HEADER, CLAIMS, SIGNATURE] = [
  "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
  "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
] as const;

test("a JSON Web Token is one when its parts are JSON and its signature is as long as its algorithm makes it", () => {
  const { verify } = CHECKSUMS["json-web-token"] ?? assert.fail();
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  assert.equal(verify([JOSE_HEADER, CLAIMS, SIGNATURE].join(".")), true);
  assert.equal(verify([JOSE_HEADER, CLAIMS, SIGNATURE.slice(0, -4)].join(".")), false);
  assert.equal(verify([encoded({ alg: "none" }), CLAIMS, SIGNATURE].join(".")), false);
  assert.equal(verify([encoded({ typ: "JWT" }), CLAIMS, SIGNATURE].join(".")), false);
  assert.equal(verify([JOSE_HEADER, encoded(["no", "claims"]), SIGNATURE].join(".")), false);
  assert.equal(verify([encoded({ alg: "RS256" }), CLAIMS, "A".repeat(342)].join(".")), true);
  // An RSA key of 512 bits, which signs nothing longer.
  assert.equal(verify([encoded({ alg: "RS256" }), CLAIMS, "A".repeat(86)].join(".")), true);
  assert.equal(verify([encoded({ alg: "RS512" }), CLAIMS, "A".repeat(86)].join(".")), false);
  assert.equal(verify([encoded({ alg: "ES512" }), CLAIMS, "A".repeat(176)].join(".")), true);
  assert.equal(verify([encoded({ alg: "EdDSA" }), CLAIMS, "A".repeat(86)].join(".")), true);
});

test("a key that Supabase gives to every browser is not secret, the one for servers is", () => {
  const { verify } = CHECKSUMS["json-web-token"] ?? assert.fail();
  const keyOf = (role: string) =>
    [JOSE_HEADER, Buffer.from(JSON.stringify({ iss: "supabase", role })).toString("base64url"), SIGNATURE].join(".");
  assert.equal(verify(keyOf("anon")), false);
  assert.equal(verify(keyOf("service_role")), true);
});

test("a JSR token's sum is over its prefix too", () => {
  const { verify, complete } = CHECKSUMS["jsr"] ?? assert.fail();
  const token = complete(`jsrp_${"abcdefghijklmnopqrstuvwxyzABC"}000000`);
  assert.equal(verify(token), true);
  assert.equal(verify(token.replace("jsrp", "jsrd")), false);
});

test("a Synapse token's sum is over all that stands before it", () => {
  const { verify, complete } = CHECKSUMS["synapse"] ?? assert.fail();
  const token = complete(`syt_YWxpY2U_${"abcdefghijklmnopqrst"}_000000`);
  assert.equal(verify(token), true);
  assert.equal(verify(token.replace("YWxpY2U", "YWxpY2V")), false);
});

test("a sum of Matrix Authentication Service has its last digit first, and zeros before", () => {
  const { verify, complete } = CHECKSUMS["matrix-authentication"] ?? assert.fail();
  const bodies = Array.from({ length: 200 }, (_, i) => `mct_${String(i).padStart(30, "aB3")}_`);
  const short = bodies.find((body) => crc32(body.slice(0, -1)) < 62 ** 5) ?? assert.fail();
  for (const body of [short, ...bodies.slice(0, 3)]) {
    const token = complete(`${body}000000`);
    const digits = base62(crc32(body.slice(0, -1)));
    assert.equal(token.slice(body.length), [...digits].reverse().join("").padStart(6, "0"));
    assert.equal(verify(token), true);
    assert.equal(verify(token.replace("mct", "mat")), false);
  }
  assert.equal(complete(`${short}000000`).at(short.length), "0");
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

test("of a Sanctum token only the forty characters before the sum count, not its number", () => {
  const { verify, complete } = CHECKSUMS["sanctum"] ?? assert.fail();
  // Whose sum begins with a zero, which is no less a digit of it.
  const body =
    Array.from({ length: 64 }, (_, n) => String(n).padStart(40, "x")).find((text) => zlibCrc32(text) < 0x10000000) ??
    assert.fail();
  const sum = zlibCrc32(body).toString(16).padStart(8, "0");
  for (const number of ["1|", "20417|"]) {
    assert.equal(verify(number + body + sum), true);
    assert.equal(complete(`${number}${body}00000000`), number + body + sum);
    assert.equal(verify(`${number}y${body.slice(1)}${sum}`), false);
  }
});
