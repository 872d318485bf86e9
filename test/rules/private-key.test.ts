import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
const LOCK = { cipher: "aes-128-cbc", passphrase: "of this test" };

/** A private key in PEM as openssl writes it. */
const pem = (type: "pkcs1" | "pkcs8", lock: object) => String(privateKey.export({ type, format: "pem", ...lock }));

/** What ssh-keygen writes (OpenSSH, PROTOCOL.key): magic word, cipher, and what is of no interest here. */
function openssh(cipher: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const body = Buffer.concat([Buffer.from(`openssh-key-v1\0`), length, Buffer.from(cipher), randomBytes(240)]);
  const lines = body.toString("base64").match(/.{1,70}/g) ?? [];
  const label = ["OPENSSH", "PRIVATE", "KEY"].join(" ");
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** What puttygen writes (PuTTY manual, appendix C), of version 2. */
function ppk(encryption: string): string {
  const lines = (bytes: number) =>
    (
      randomBytes(bytes)
        .toString("base64")
        .match(/.{1,64}/g) ?? []
    ).join("\r\n");
  return [
    "PuTTY-User-Key-File-2: ssh-rsa",
    `Encryption: ${encryption}`,
    "Comment: rsa-key of this test",
    `Public-Lines: 6\r\n${lines(277)}`,
    `Private-Lines: 13\r\n${lines(592)}`,
    `Private-MAC: ${randomBytes(20).toString("hex")}\r\n`,
  ].join("\r\n");
}

const found = (text: string) =>
  scan({ bytes: Buffer.from(text), provenance: { kind: "text" } }, builtInRulebook()).map(({ rule }) => rule.id);

describe("a private key", () => {
  const ways: [form: string, rule: string, clear: string, locked: string[]][] = [
    ["PKCS #1", "private-key", pem("pkcs1", {}), [pem("pkcs1", LOCK)]],
    ["PKCS #8", "private-key", pem("pkcs8", {}), [pem("pkcs8", LOCK)]],
    ["PuTTY", "putty-private-key", ppk("none"), [ppk("aes256-cbc")]],
    [
      "OpenSSH",
      "private-key",
      openssh("none"),
      ["aes256-ctr", "aes256-cbc", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com"].map(openssh),
    ],
  ];

  test.each(ways)("of %s is found in the clear, in a file of its own and in a string", (_, rule, clear) => {
    assert.deepEqual(found(clear), [rule]);
    assert.deepEqual(found(JSON.stringify({ key: clear })), [rule]);
  });

  test.each(ways)(
    "of %s under a passphrase is left out, in a file of its own and in a string",
    (_, _rule, _clear, locked) => {
      for (const text of locked) {
        assert.deepEqual(found(text), [], text.slice(0, 100));
        assert.deepEqual(found(JSON.stringify({ key: text })), []);
      }
    },
  );

  const fronts = ["# ", "  *  ", "-", "-- ", "> ", "; ", "| ", "  - ", "#6 0.245 ", "2026-11-22T10:00:00.000Z web-1 "];
  test.each(fronts)("is found with %j before each line, and left out under a passphrase", (front) => {
    const fronted = (key: string) => key.trim().replace(/^/gm, front);
    for (const [form, rule, clear, locked] of ways.filter(([form]) => form !== "PuTTY")) {
      assert.deepEqual(found(fronted(clear)), [rule], form);
      for (const text of locked) assert.deepEqual(found(fronted(text)), [], form);
    }
  });
});
