import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { withEngine } from "../../src/config/engine.ts";
import { checkedRulebook, compileRulebook } from "../../src/engine/rulebook.ts";
import { mask } from "../../src/engine/mask.ts";
import { fill, sampleToken } from "../../src/engine/rule-samples.ts";
import { scan, type ScanOptions } from "../../src/engine/scan.ts";
import type { Rule } from "../../src/model/rule.ts";
import { ruleOf } from "../support/rule-of.ts";
import { crcToken, randomText, withWrongChecksum } from "../support/tokens.ts";
import { zip } from "../support/zip.ts";

const rulebook = builtInRulebook();
const token = crcToken(1);
/** Of a rule without a checksum. */
const unproven = sampleToken(rulebook.rules.find(({ id }) => id === "linear-api-key") ?? assert.fail(), 1);
const found = (bytes: string | Uint8Array, options?: ScanOptions, book = rulebook) =>
  scan({ bytes: typeof bytes === "string" ? Buffer.from(bytes) : bytes, provenance: { kind: "text" } }, book, options);
const secrets = (bytes: string | Uint8Array, options?: ScanOptions) =>
  found(bytes, options).map(({ secret }) => secret.reveal());

describe("tokens of one rule with nothing between them but", () => {
  const separators = [",", " ", "\n", "\r\n", "\t", ";", "|", '"', "'", "`", "\\n", "</", "\0"];
  test.each(separators.map((between) => [JSON.stringify(between), between]))(
    "%s are all found, whatever the rule",
    (_, between) => {
      const listed = new Map(
        rulebook.rules
          .filter(({ tags }) => !tags.includes("multi-line"))
          .map((rule) => [rule, [1, 2, 3].map((seed) => sampleToken(rule, seed))]),
      );
      const secretsIn = (rule: Rule, text: string) =>
        found(text, undefined, checkedRulebook([rule])).map(({ secret }) => secret.reveal());
      for (const [rule, tokens] of listed) {
        const alone = tokens.filter((one) => secretsIn(rule, `${between}${one}${between}`).includes(one));
        assert.deepEqual(
          secretsIn(rule, `${between}${tokens.join(between)}${between}`).filter((one) => alone.includes(one)),
          alone,
          rule.id,
        );
      }
    },
  );
});

describe("where a token stands", () => {
  test("the first and the last byte of a text may belong to it", () => {
    const [candidate] = found(token);
    assert.deepEqual([candidate?.span.start, candidate?.span.end], [0, token.length]);
  });

  test("an underscore may stand beside one that a checksum proves: in Markdown, in a file's name", () => {
    for (const prefix of ["npm_", "ghp_", "patrol_"])
      for (const around of ["_#_", "__#__", "backup_#.txt", "MY_#", "#_old", "_#, #_", "_#_#_"]) {
        const one = crcToken(11, prefix);
        assert.deepEqual(
          secrets(around.replaceAll("#", one)),
          around
            .split("#")
            .slice(1)
            .map(() => one),
          `${prefix} ${around}`,
        );
        assert.deepEqual(secrets(around.replaceAll("#", withWrongChecksum(one))), [], `${prefix} ${around}`);
      }
  });

  test("lines and columns count bytes from 1, and a CRLF ends a line once", () => {
    const [candidate] = found(`eins\r\nzw\u00f6lf ${token}\r\n`);
    const { startLine, startColumn, endLine, endColumn } = candidate?.span ?? assert.fail();
    assert.deepEqual([startLine, startColumn, endLine, endColumn], [2, 8, 2, 7 + token.length]);
  });

  test("a fragment that begins in the middle of a file counts from its first line", () => {
    const bytes = Buffer.from(`\n${token}`);
    const [candidate] = scan({ bytes, provenance: { kind: "file", firstLine: 40 } }, rulebook);
    assert.equal(candidate?.span.startLine, 41);
  });

  test("neighbours parted by one character are all found, in order", () => {
    const tokens = [1, 2, 3, 4].map((seed) => crcToken(seed));
    assert.deepEqual(secrets(tokens.join(",")), tokens);
  });

  test("a token with more token characters glued to it is none, unless a checksum proves it", () => {
    for (const glued of ["#a", "a#", "0#"]) {
      assert.deepEqual(secrets(glued.replace("#", unproven)), [], glued);
      assert.deepEqual(secrets(glued.replace("#", token)), [token], glued);
      assert.deepEqual(secrets(glued.replace("#", withWrongChecksum(token))), [], glued);
    }
  });

  test.each([
    ["the next string of a program", ["index out of range", "goroutine"]],
    ["the columns around it in a row of a database", ["\u0002\u0004\u0019\u005dalice", "alice@example.org"]],
    ["a string of protobuf whose length is a letter", ["\u0000\n3key", "b\u0003abc"]],
    [
      "the name of a member that a zip stores",
      zip({ ".npmrc": "#" }, { isStored: true }).toString("latin1").split("#"),
    ],
    ["quoted-printable", ["token=3D", "=20"]],
  ])("a token that a checksum proves is found beside %s", (_, [before, behind]) => {
    const [candidate, ...more] = found(Buffer.from(`${before}${token}${behind}`, "latin1"));
    assert.deepEqual([candidate?.secret.reveal(), candidate?.span.start, more], [token, before?.length, []]);
  });

  test("a token does not run across a line's end", () => {
    assert.deepEqual(secrets(`${token.slice(0, 20)}\n${token.slice(20)}`), []);
  });

  test("a wrong checksum is no token", () => {
    assert.deepEqual(secrets(`NPM_TOKEN=${withWrongChecksum(token)}`), []);
  });
});

describe("any bytes are a text", () => {
  test("NUL bytes and invalid UTF-8 around a token hide nothing", () => {
    const bytes = Buffer.concat([Buffer.from([0, 0xff, 0xc3, 0x28, 0]), Buffer.from(token), Buffer.from([0, 0xfe, 0])]);
    assert.deepEqual(secrets(bytes), [token]);
    assert.equal(found(bytes)[0]?.span.start, 5);
  });

  test("a UTF-8 byte order mark counts as the bytes it is", () => {
    assert.equal(found(`\ufeff${token}`)[0]?.span.start, 3);
  });

  const utf16 = Buffer.from(`eins\n \u20ac${token}\n`, "utf16le");
  const cases = {
    "UTF-16LE with a byte order mark": Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]),
    "UTF-16BE with a byte order mark": Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()]),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    test(`${name} is read, and places count its bytes`, () => {
      const [candidate] = found(bytes);
      assert.equal(candidate?.secret.reveal(), token);
      const { span } = candidate;
      assert.equal(span.start, 2 + 2 * "eins\n  ".length);
      assert.equal(span.end - span.start, 2 * token.length);
      assert.deepEqual([span.startLine, span.startColumn, span.endColumn], [2, 5, 4 + 2 * token.length]);
    });
  }

  test("UTF-16 without a byte order mark is read too", () => {
    assert.deepEqual(secrets(Buffer.from(`token = ${token}`, "utf16le")), [token]);
  });

  test("no bytes, no candidates", () => {
    assert.deepEqual(found(""), []);
  });
});

describe("encodings are peeled off", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const percentAll = (text: string) =>
    [...Buffer.from(text)].map((b) => `%${b.toString(16).padStart(2, "0")}`).join("");
  const escapeAll = (text: string) =>
    [...Buffer.from(text)].map((b) => `\\u${b.toString(16).padStart(4, "0")}`).join("");
  const octal = (text: string) => [...Buffer.from(text)].map((b) => `\\${b.toString(8).padStart(3, "0")}`).join("");
  const entityAll = (text: string) => [...Buffer.from(text)].map((b) => `&#${b};`).join("");
  const cases: [string, string, string[]][] = [
    ["base64", base64(`token: ${unproven}`), ["base64"]],
    ["base64 without padding", base64(`${unproven}!`).replace(/=+$/, ""), ["base64"]],
    ["base64url", Buffer.from(`\u00fb\u00ff??>>${unproven}`).toString("base64url"), ["base64url"]],
    ["UTF-16 in base64, as PowerShell has it", Buffer.from(`x ${unproven}`, "utf16le").toString("base64"), ["base64"]],
    ["hex", Buffer.from(`k=${unproven}`).toString("hex"), ["hex"]],
    ["percent", percentAll(unproven), ["percent"]],
    ["percent beside the token only", `https://h.example/?a%3D${unproven}%26`, ["percent"]],
    ["string escapes", escapeAll(unproven), ["escape"]],
    ["an escaped underscore, as in Markdown and TeX", unproven.replace("_", "\\_"), ["escape"]],
    ["HTML entities", entityAll(unproven), ["html-entity"]],
    ["a terminal's colour codes around it", `\u001b[31m${unproven}\u001b[0m`, ["ansi"]],
    [
      "a terminal's colour codes in it",
      `${unproven.slice(0, 9)}\u001b[1;31m\u001b[K${unproven.slice(9)}\u001b[m`,
      ["ansi"],
    ],
    ["a colour code that ends a word before it", `error\u001b[0m${unproven}\u001b[0m`, ["ansi"]],
    ["a colour code that begins a word behind it", `\u001b[32m${unproven}\u001b[0mdone`, ["ansi"]],
    ["the link of a terminal", `\u001b]8;;https://h.example/a?b=1\u001b\\${unproven}\u001b]8;;\u001b\\.`, []],
    [
      "a terminal's link in it",
      `${unproven.slice(0, 9)}\u001b]8;id=1;file:///a\u0007${unproven.slice(9)}\u001b]8;;\u0007`,
      ["ansi"],
    ],
    ["a character set's choice, as tput writes it", `word\u001b(B\u001b[m${unproven}\u001b(B\u001b[m`, ["ansi"]],
    ["the cursor's place kept and gone back to, as progress bars do", `word\u001b8${unproven}\u001b7done`, ["ansi"]],
    ["colour codes as string escapes", `\\u001b[31m${unproven}\\u001b[0m`, ["escape", "ansi"]],
    ["colour codes as shells write them", `\\e[0;31m${unproven}\\e[0m`, ["escape", "ansi"]],
    ["colour codes in octal digits, behind a word", `key:\\033[31m${unproven}\\033[0m`, ["escape", "ansi"]],
    ["colour codes as printf and C have them", `\\E[1m\\x1b[31m${unproven}\\x1B[m`, ["escape", "ansi"]],
    ["octal digits", octal(unproven), ["escape"]],
    ["base64 in base64", base64(base64(`t ${unproven}`)), ["base64", "base64"]],
    ["base64 in percent", encodeURIComponent(base64(`t ${unproven}==`)).replace(/^/, "%20"), ["percent", "base64"]],
  ];
  for (const [name, encoded, decoded] of cases) {
    test(name, () => {
      const text = `first line\n  "${encoded}" rest`;
      const [candidate, ...more] = found(text);
      assert.equal(candidate?.secret.reveal(), unproven);
      assert.deepEqual(candidate.decoded, decoded);
      assert.deepEqual(more, []);
      assert.equal(candidate.span.startLine, 2);
      const place = text.slice(candidate.span.start, candidate.span.end);
      assert.ok(encoded.includes(place), place);
      assert.deepEqual(secrets(place), [unproven]);
    });
  }

  describe("a token of no certain length that holds an encoded character", () => {
    const unsure = compileRulebook([
      ruleOf("\\b(tau-[0-9a-zA-Z+/-]{12,40})\\b", {
        allowlists: [
          { condition: "or", paths: [], commits: [], target: "secret", regexes: ["end$"], stopWords: ["fake"] },
        ],
      }),
    ]);
    const books = { "the plain engine": unsure, "the core": withEngine(unsure) };
    const units = ["%71", "\\u0071", "\\u{71}", "\\x71", "\\161", "&#113;", "&#x71;", "%2571", "\\u00257\\x31"];
    const whole = "tau-0123456789abqcdef";

    describe.each(Object.entries(books))("is told once, as a whole, by %s", (_, book) => {
      const told = (text: string | Buffer, options?: ScanOptions) =>
        found(text, options, book).map(({ secret }) => secret.reveal());

      test.each(units)("written as %s", (unit) => {
        for (const text of [`key = "${whole.replace("q", unit)}"\n`, `${whole.replace("q", unit)}&b=1`]) {
          assert.deepEqual(told(text), [whole]);
          assert.deepEqual(told(Buffer.from(text, "utf16le")), [whole]);
          assert.deepEqual(told(base64(`${text} and what stands behind`)), [whole]);
        }
      });

      test("and two of them, in one encoding or in two", () => {
        const written = whole.replace("b", "%62");
        for (const unit of ["%71", "\\x71"]) assert.deepEqual(told(`'${written.replace("q", unit)}'`), [whole]);
      });

      test("where it is one of the digits of base64 that was encoded", () => {
        for (const before of ["", "a", "ab", "abc"]) {
          const digits = base64(`${before} key=${whole} ~~~~~~~~~`);
          for (let at = 8; at < digits.length - 8; at++) {
            const unit = `%${digits.charCodeAt(at).toString(16)}`;
            const all = new Set(told(`?a=${digits.slice(0, at)}${unit}${digits.slice(at + 1)}&b`));
            assert.deepEqual([...all], [whole]);
          }
        }
      });

      test("and as far as it stands in clear where the whole is refused or not read", () => {
        const cut = "tau-0123456789ab";
        for (const rest of ["%71fake", "%71end", "%71".repeat(30)]) assert.deepEqual(told(`${cut}${rest}`), [cut]);
        assert.deepEqual(told(`${cut}%71cdef`, { maxDecodeDepth: 0 }), [cut]);
        assert.deepEqual(told(`${cut}%2571cdef`, { maxDecodeDepth: 1 }), [cut]);
      });

      test("and as far as it stands in clear where that is another place", () => {
        const cut = "tau-0123456789ab";
        assert.deepEqual(told(`${cut} ${cut}%71cdef ${cut}`), [cut, whole, cut]);
      });
    });

    test("is told twice where a checksum proves what stands in clear", () => {
      const proven = builtInRulebook().rules.find(({ id }) => id === "npm-access-token") ?? assert.fail();
      const rule = { ...proven, pattern: "(npm_[A-Za-z0-9]{36})" };
      assert.deepEqual(
        found(`${token}%71`, undefined, compileRulebook([rule])).map(({ secret }) => secret.reveal()),
        [token],
      );
    });
  });

  const lines = (digits: string, width: number, between = "\n") =>
    (digits.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join(between);
  /** So long that the token stands across the end of a line of 76, and of one of 60. */
  const file = (before: number) => `${"A=1\n".repeat(before)}TOKEN=${unproven}\nB=2\n`;

  describe.each([
    ["`base64` after 76 digits", (text: string) => lines(base64(text), 76)],
    ["PEM and `openssl base64` after 64", (text: string) => lines(base64(text), 64)],
    ["mail, as an attachment", (text: string) => lines(base64(text), 76, "\r\n")],
    ["a block of YAML", (text: string) => `data:\n  env: |\n    ${lines(base64(text), 72, "\n    ")}\n  other: 1`],
    ["tabs before the lines", (text: string) => `x = """\n\t${lines(base64(text), 64, "\n\t")}"""`],
    ["a line's length that is no multiple of four", (text: string) => lines(base64(text), 70 + 3)],
    ["a name before the first line", (text: string) => `ENV=${lines(base64(text), 76)}`],
    ["a JSON string", (text: string) => JSON.stringify({ env: lines(base64(text), 64) })],
    ["base64url", (text: string) => lines(Buffer.from(text).toString("base64url"), 64)],
    ["`xxd -p` after 60", (text: string) => lines(Buffer.from(text).toString("hex"), 60)],
  ] as const)("a token that is encoded and broken into lines by %s", (_, write) => {
    test("is found, wherever in its lines it stands, at those lines, and told once", () => {
      for (let before = 0; before < 24; before++) {
        const text = `first line\n${write(file(before))}\n\nlast line\n`;
        const [candidate, ...more] = found(text);
        assert.deepEqual([candidate?.secret.reveal(), more], [unproven, []], String(before));
        const { span } = candidate ?? assert.fail();
        const shown = text.split("\n").slice(span.startLine - 1, span.endLine);
        assert.equal(text.slice(span.start, span.end).split("\n").length, shown.length);
        assert.ok(span.endLine - span.startLine <= 2 && span.startLine > 1);
      }
    });
  });

  test("a token in base64 of several lines is as deep as in base64 of one", () => {
    const text = lines(base64(`a line before that is left out. ${unproven} `), 48);
    assert.deepEqual(secrets(text, { maxDecodeDepth: 1 }), [unproven]);
    assert.deepEqual(found(text)[0]?.decoded, ["base64"]);
    assert.deepEqual(secrets(text, { maxDecodeDepth: 0 }), []);
  });

  test("what stands in lines below each other is no token", () => {
    for (const width of [48, 60, 76]) {
      const text = `${"a".repeat(width)}${unproven}`;
      for (const between of ["\n", "\r\n", "\n  "]) assert.deepEqual(secrets(lines(text, width + 9, between)), []);
    }
  });

  test.each(["telegram-bot-api-token", "azure-storage-key", "database-url-password"])(
    "the backslashes that Java's properties have before : and =, in a secret of the rule %s",
    (id) => {
      const rule = rulebook.rules.find((one) => one.id === id) ?? assert.fail();
      const { text, token: secret } = fill(rule, rule.examples[0] ?? assert.fail(), 1);
      const written = `key=${text.replace(/[:=]/g, "\\$&")}\n`;
      const [candidate, ...more] = found(written);
      assert.equal(candidate?.secret.reveal(), secret);
      assert.deepEqual([candidate.rule.id, candidate.decoded, more], [id, ["escape"], []]);
    },
  );

  test.each(["%3D%3D", "%3d%3d", "\\x3d\\x3d", "\\u003d\\u003d", "&#61;&#61;", "&equals;&equals;"])(
    "base64 with its padding escaped as %s is told once",
    (padding) => {
      const text = `?token=${base64(token).replace("==", padding)}&x`;
      const [candidate, ...more] = found(text);
      assert.deepEqual([candidate?.secret.reveal(), candidate?.decoded, more], [token, ["base64"], []]);
      assert.deepEqual(secrets(text.slice(candidate?.span.start, candidate?.span.end)), [token]);
    },
  );

  test.each(["/", "+", "-", "_", "/a/bcd+", "+ab-c_"])(
    "base64 behind %s and any number of digits before it",
    (mark) => {
      for (const before of ["", "a", "bc", "def", "ghij", "k".repeat(70)]) {
        for (const run of [base64(token), Buffer.from(`??>${token}`).toString("base64url")]) {
          const [candidate, ...more] = found(`${before}${mark}${run}`);
          assert.equal(candidate?.secret.reveal(), token, before);
          assert.deepEqual(more, []);
        }
      }
    },
  );

  test.each(["", "/", "path/to/", "/a+bc/d/", "x_yz/", "a-b-", "powershell.exe -EncodedCommand ", '"', "data;base64,"])(
    "UTF-16 in base64 behind %j, however its groups lie, with and without padding",
    (before) => {
      for (let length = 0; length < 8; length++) {
        const text = `${"w".repeat(length)} ${token}'`;
        const little = Buffer.from(text, "utf16le");
        for (const bytes of [little, Buffer.from(little).swap16()])
          for (const run of [bytes.toString("base64"), bytes.toString("base64").replace(/=+$/, "")])
            assert.deepEqual(secrets(`${before}${run}"\n`), [token], `${length}`);
      }
    },
  );

  test("only as deep as asked", () => {
    const nested = base64(base64(base64(` ${token} `)));
    assert.deepEqual(secrets(nested, { maxDecodeDepth: 2 }), []);
    assert.deepEqual(secrets(nested, { maxDecodeDepth: 3 }), [token]);
    assert.deepEqual(secrets(token, { maxDecodeDepth: 0 }), [token]);
  });

  test("a token in clear between colour codes is told once, without them", () => {
    const text = `\u001b[36mkey\u001b[0m=${token}\u001b[0m`;
    assert.deepEqual(
      found(text).map(({ decoded, span }) => [decoded, text.slice(span.start, span.end)]),
      [[[], token]],
    );
  });

  test.each([
    ["in it, behind nothing", `${token.slice(0, 9)}\u001b[31m${token.slice(9)}`],
    ["before it, behind a word", `error\u001b[0m${token}`],
  ])("the match of a token with colour codes %s lies in its run, also where all of that is encoded", (_, run) => {
    for (const text of [run, percentAll(run)]) {
      const [{ match, span } = assert.fail(), ...more] = found(`"${text}"`);
      assert.deepEqual(more, []);
      assert.ok(1 <= match.start && match.start <= span.start, `${match.start}`);
      assert.ok(span.end <= match.end && match.end <= 1 + text.length, `${match.end} of ${text.length}`);
    }
  });

  test("a token in clear inside a run that also decodes is told once, as standing in clear", () => {
    assert.deepEqual(
      found(`x=%20&t=${token}&u=%20`).map(({ decoded }) => decoded),
      [[]],
    );
  });
});

describe("masking", () => {
  test("every secret is replaced by its rule, however it was written", () => {
    const pat = crcToken(7, "patrol_");
    const text = `\u00e4 ${token} and ${pat}, ${Buffer.from(`k ${token}`).toString("base64")}`;
    const masked = mask(text, rulebook);
    assert.ok(masked.startsWith("\u00e4 [npm-access-token] and [patrol-token], "), masked);
    assert.deepEqual(secrets(masked), []);
  });

  test("a text without secrets comes back as it was", () => {
    const text = `caf\u00e9 \ud83d\ude80\n${randomText(3, 200)}`;
    assert.equal(mask(text, rulebook), text);
  });
});
