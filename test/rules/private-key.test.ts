import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
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

  const joins: [language: string, end: string, between: string][] = [
    ["JavaScript, Java and Go", "\\n", " +\n    "],
    ["C and Python", "\\n", "\n    "],
    ["Ruby", "\\n", " \\\n  "],
    ["PHP", "\\n", " .\n  "],
    ["Lua", "\\n", " ..\n  "],
    ["Elixir and Haskell", "\\n", " <>\n  "],
    ["Haskell, with the sign before a line", "\\n", "\n  <> "],
    ["F# and OCaml", "\\n", " ^\n  "],
    ["Visual Basic", "", " & vbCrLf & _\r\n    "],
    ["Visual Basic, on one line", "", " & vbNewLine & "],
  ];
  test.each(joins)(
    "is found in strings of %s that are put together, and left out under a passphrase",
    (_, end, between) => {
      const put = (key: string) => {
        const lines = key.trim().split("\n");
        return `key = ${lines.map((line) => `"${line}${end}"`).join(between)}\n`;
      };
      for (const [form, rule, clear, locked] of ways.filter(([form]) => form !== "PuTTY")) {
        assert.deepEqual(found(put(clear)), [rule], form);
        for (const text of locked) assert.deepEqual(found(put(text)), [], form);
      }
    },
  );

  test.each([
    '" & vbCrLf & theBodyOfTheKeyInLines & vbCrLf & theRestOfTheBodyOfTheKeyInLines & vbCrLf & "',
    '\\n" <>\n      Base.encode64(der, line_length: 64) <>\n      Enum.join(theRestOfTheBody, "\\n") <>\n      "',
    '\\n" ^ encoded the_body_of_the_key_in_lines ^ "\\n" ^ encoded the_rest_of_the_body_of_the_key ^ "\\n',
  ])("is not taken for one where a program puts it together: %j", (between) => {
    const [first, last] = ["BEGIN", "END"].map((word) => `-----${word} ${"PRIVATE KEY"}-----`);
    assert.deepEqual(found(`pem = "${first}${between}${last}"`), []);
  });

  const fronts = ["# ", "  *  ", "-", "-- ", "> ", "; ", "| ", "  - ", "#6 0.245 ", "2026-11-22T10:00:00.000Z web-1 "];
  test.each(fronts)("is found with %j before each line, and left out under a passphrase", (front) => {
    const fronted = (key: string) => key.trim().replace(/^/gm, front);
    for (const [form, rule, clear, locked] of ways.filter(([form]) => form !== "PuTTY")) {
      assert.deepEqual(found(fronted(clear)), [rule], form);
      for (const text of locked) assert.deepEqual(found(fronted(text)), [], form);
    }
  });

  test("is no key where lines of it are left out, and one where three points stand for something else", () => {
    const lines = pem("pkcs8", {}).trim().split("\n");
    const elided = [...lines.slice(0, 5), "...", ...lines.slice(-3)];
    for (const end of ["\n", "\r\n", "\n    ", String.raw`\n`]) assert.deepEqual(found(elided.join(end)), []);
    assert.deepEqual(found(lines.map((line) => `... ${line}`).join("\n")), ["private-key"]);
  });
});

describe("a private key in base64 on one line", () => {
  const curve = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).privateKey;
  const kinds: [kind: string, rule: string, key: KeyObject, forms: ("pkcs1" | "pkcs8" | "sec1")[]][] = [
    ["RSA", "private-key-der-rsa", privateKey, ["pkcs1", "pkcs8"]],
    ["P-256", "private-key-der-ec", curve("P-256"), ["sec1", "pkcs8"]],
    ["P-384", "private-key-der-ec", curve("P-384"), ["sec1", "pkcs8"]],
    ["P-521", "private-key-der-ec", curve("P-521"), ["sec1", "pkcs8"]],
    ["secp256k1", "private-key-der-ec", curve("secp256k1"), ["sec1", "pkcs8"]],
    ["Ed25519", "private-key-der-ed25519", generateKeyPairSync("ed25519").privateKey, ["pkcs8"]],
  ];

  test.each(kinds)("of %s is found whole, and in PEM it is told once", (_, rule, key, forms) => {
    for (const type of forms) {
      const der = (key.export({ type, format: "der" } as never) as Buffer).toString("base64");
      for (const text of [`alipay.key=${der}\n`, JSON.stringify({ key: der }), `key: ${der}`]) {
        const [candidate, ...more] = scan(
          { bytes: Buffer.from(text), provenance: { kind: "text" } },
          builtInRulebook(),
        );
        assert.equal(candidate?.rule.id, rule, `${type}: ${text}`);
        assert.equal(candidate.secret.reveal(), der);
        assert.deepEqual(more, []);
      }
      const text = String(key.export({ type, format: "pem" } as never));
      assert.deepEqual(found(text), ["private-key"]);
      assert.deepEqual(found(JSON.stringify({ key: text })), ["private-key"]);
    }
  });

  test.each(kinds)("of %s is not found for its public half", (_, _rule, key) => {
    const half = createPublicKey(key).export({ type: "spki", format: "der" }).toString("base64");
    assert.deepEqual(found(`key=${half}`), []);
  });

  const curves = [
    ["P-256", "a00a06082a8648ce3d030107"],
    ["P-384", "a00706052b81040022"],
  ] as const;
  test.each(curves)("of %s is found without its public half", (namedCurve, parameters) => {
    const { d } = curve(namedCurve).export({ format: "jwk" });
    const secret = Buffer.from(String(d), "base64url");
    const body = Buffer.concat([Buffer.from([2, 1, 1, 4, secret.length]), secret, Buffer.from(parameters, "hex")]);
    const der = Buffer.concat([Buffer.from([0x30, body.length]), body]).toString("base64");
    assert.deepEqual(found(`key=${der}`), ["private-key-der-ec"]);
  });
});

test("keys in XML that stand one after the other are each told", () => {
  const part = (bytes: number) => randomBytes(bytes).toString("base64");
  const keys = Array.from({ length: 4 }, () => ({ modulus: part(128), secret: part(128) }));
  const text = keys
    .map(
      ({ modulus, secret }) =>
        `<Modulus>${modulus}</Modulus><Exponent>AQAB</Exponent><P>${part(64)}</P><D>${secret}</D>`,
    )
    .map((members) => `<RSAKeyValue>${members}</RSAKeyValue>`)
    .join("\n");
  const found = scan({ bytes: Buffer.from(text), provenance: { kind: "text" } }, builtInRulebook());
  assert.deepEqual(
    found.map(({ secret }) => secret.reveal()),
    keys.map(({ secret }) => secret),
  );
});
