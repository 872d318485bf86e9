import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import { chooseFormat, FORMATS } from "../../src/report/formats.ts";
import { describe as describeFindings } from "../../src/report/describe.ts";
import type { ReportContext, ReportedFinding, Row } from "../../src/report/row.ts";
import { crcToken } from "../support/tokens.ts";

const rulebook = builtInRulebook();
const token = crcToken(21);

function findings(text: string | Uint8Array, path = "src/a.js"): ReportedFinding[] {
  const fragment = {
    bytes: typeof text === "string" ? Buffer.from(text) : text,
    provenance: { kind: "file", path } as const,
  };
  return describeFindings(scan(fragment, rulebook), fragment, { redact: 100, mask: (words) => words });
}

const context: ReportContext = {
  version: "1.2.3",
  rules: rulebook.rules,
  skipped: [],
  startedAt: new Date("2026-01-31T12:00:00Z"),
  endedAt: new Date("2026-01-31T12:00:01Z"),
};
const write = (name: string, found: readonly ReportedFinding[]) => FORMATS[name]?.(found, context) ?? assert.fail();

interface Sarif {
  runs: {
    results: {
      level: string;
      partialFingerprints: object;
      suppressions: object[];
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: Record<string, unknown> } }[];
    }[];
  }[];
}
const region = (found: readonly ReportedFinding[]) =>
  (JSON.parse(write("sarif", found)) as Sarif).runs[0]?.results[0]?.locations[0]?.physicalLocation.region;

describe("json", () => {
  test("has gitleaks' keys in gitleaks' order, and an empty array for nothing", () => {
    const [row] = JSON.parse(write("json", findings(`a = "${token}"`))) as Row[];
    assert.deepEqual(Object.keys(row ?? {}), [
      "RuleID",
      "Description",
      "StartLine",
      "EndLine",
      "StartColumn",
      "EndColumn",
      "Match",
      "Secret",
      "File",
      "SymlinkFile",
      "Commit",
      "Entropy",
      "Author",
      "Email",
      "Date",
      "Message",
      "Tags",
      "Fingerprint",
    ]);
    assert.deepEqual([row?.StartLine, row?.StartColumn, row?.EndColumn], [1, 6, 5 + token.length]);
    assert.equal(write("json", []), "[]\n");
  });

  test("columns are right in every line, not only in the first", () => {
    const columns = (text: string) => findings(text).map(({ row }) => [row.StartColumn, row.EndColumn]);
    assert.deepEqual(columns(`x ${token}\n`), [[3, 2 + token.length]]);
    assert.deepEqual(columns(`\n\nx ${token}\n`), [[3, 2 + token.length]]);
  });
});

describe("a file's name chosen by a stranger", () => {
  const name = "a\x1b]0;title\x07\x9b2J\u202egnp\u2066.js\tb\nc.js";
  const unsafe = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]/;

  test("commands no terminal in any format", () => {
    for (const format of Object.keys(FORMATS).filter((one) => one !== "template"))
      assert.doesNotMatch(write(format, findings(token, name)), unsafe, format);
  });

  test("is kept whole where the format has a way to write it", () => {
    const [row] = JSON.parse(write("json", findings(token, name))) as Row[];
    assert.equal(row?.File, name);
  });

  test("keeps its line ends in an annotation", () => {
    assert.match(write("github", findings(token, "a\r\nb.js")), /file=a%0D%0Ab\.js,/);
  });
});

describe("csv", () => {
  test("has no header when nothing was found, as gitleaks", () => {
    assert.equal(write("csv", []), "");
    assert.match(
      write("csv", findings(token)),
      /^RuleID,Commit,File,SymlinkFile,Secret,Match,StartLine,EndLine,StartColumn,EndColumn,Author,Message,Date,Email,Fingerprint,Tags\nnpm-access-token,/,
    );
  });

  test("a path with quotes stays one cell, and one that is a formula stays text", () => {
    assert.match(write("csv", findings(token, 'a"b,c.js')), /,"a""b,c\.js",/);
    assert.match(write("csv", findings(token, "=1+1.js")), /,'=1\+1\.js,/);
  });
});

describe("sarif", () => {
  test("columns count from 1 in UTF-16 code units, the end is exclusive", () => {
    assert.deepEqual(region(findings(`\n\u{1f600}\u00e9 ${token};\n`)), {
      startLine: 2,
      startColumn: 5,
      endLine: 2,
      endColumn: 5 + token.length,
      snippet: { text: "REDACTED" },
    });
  });

  test("wide text counts as the text it is", () => {
    const wide = Buffer.from(`\ufeffa\nb ${token}\n`, "utf16le");
    const { startLine, startColumn, endColumn } = region(findings(wide)) ?? {};
    assert.deepEqual([startLine, startColumn, endColumn], [2, 3, 3 + token.length]);
  });

  test("the fingerprint stays when lines move, and another secret in the place keeps it too", () => {
    const print = (text: string) => findings(text)[0]?.contentKey;
    assert.equal(print(`k = "${token}"\n`), print(`\n\nk = "${token}"\n`));
    assert.notEqual(print(`k = "${token}"\n`), print(`other = "${token}"\n`));
  });

  test("what is suppressed is listed with its reason, and paths are addresses", () => {
    const [finding] = findings(token, "a b/#.js");
    assert.ok(finding);
    const log = JSON.parse(
      write("sarif", [{ ...finding, suppression: { kind: "external", reason: "known" } }]),
    ) as Sarif;
    const [result] = log.runs[0]?.results ?? [];
    assert.deepEqual(result?.suppressions, [{ kind: "external", status: "accepted", justification: "known" }]);
    assert.equal(result?.level, "error");
    assert.equal(result?.locations[0]?.physicalLocation.artifactLocation.uri, "a%20b/%23.js");
  });
});

describe("the others", () => {
  test("say what the service said of a token, where it was asked", () => {
    const found = findings(token).map((finding) => ({
      ...finding,
      row: { ...finding.row, Verified: "active" as const },
    }));
    assert.match(write("csv", found), /,Tags,Verified\n.*,active\n$/);
    assert.match(write("json", found), /"Fingerprint": "[^"]+",\s+"Verified": "active"\s+\}/);
    assert.match(write("sarif", found), /"properties": \{\s+"verified": "active"\s+\}/);
    assert.match(write("junit", found), /&#34;Verified&#34;: &#34;active&#34;/);
    const { details } = JSON.parse(write("gitlab", found)).vulnerabilities[0];
    const value = "active: it works until it is revoked";
    assert.deepEqual(details, { verified: { type: "text", name: "Verified", value } });
    assert.ok(write("github", found).includes(` Verified: ${value}.`));
    assert.ok(write("html", found).includes(`<dt>Verified</dt><dd>${value}</dd>`));
    assert.equal(chooseFormat({ template: "{{range .}}{{.Verified}}{{end}}" })(found, context), "active");
  });

  test("what strangers chose is escaped in every one", () => {
    const found = findings(token, `<script>"&'\n::error::.js`);
    assert.ok(!write("html", found).includes("<script>"));
    assert.ok(!write("junit", found).includes("<script>"));
    assert.equal(write("github", found).trimEnd().split("\n").length, 1);
    JSON.parse(write("gitlab", found));
  });

  test("junit says how many failed, gitlab what was not scanned", () => {
    assert.match(
      write("junit", findings(`${token} ${crcToken(22)}`)),
      /<testsuite failures="2" name="patrol" tests="2"/,
    );
    const report = JSON.parse(
      chooseFormat({ name: "gitlab" })([], { ...context, skipped: [{ what: "a", why: "b" }] }),
    ) as { scan: { status: string } };
    assert.equal(report.scan.status, "failure");
  });

  test("the format follows the ending, the name goes first, and the unknown is named", () => {
    assert.equal(chooseFormat({ path: "a.sarif" }), FORMATS["sarif"]);
    assert.equal(chooseFormat({ path: "a.xml" }), FORMATS["junit"]);
    assert.equal(chooseFormat({ path: "a.txt", name: "csv" }), FORMATS["csv"]);
    assert.equal(chooseFormat({ path: "-" }), FORMATS["json"]);
    assert.throws(() => chooseFormat({ path: "a.txt" }), /add --report-format/);
  });
});

describe("redaction", () => {
  test("an encoded secret is hidden as it stands in the text", () => {
    const encoded = Buffer.from(`token=${token}`).toString("base64");
    const [finding] = findings(`data: ${encoded}\n`);
    assert.ok(finding);
    assert.deepEqual(finding.decoded, ["base64"]);
    assert.ok(finding.row.Tags.includes("decoded:base64"));
    const inner = encoded.slice(12, -8);
    for (const name of Object.keys(FORMATS)) assert.ok(!write(name, [finding]).includes(inner), name);
    assert.ok(!finding.excerpt.includes(inner));
  });

  test("a neighbour that the excerpt cuts in half is hidden whole", () => {
    const near = crcToken(23);
    const [finding] = findings(`${token}${" ".repeat(30)}${near}\n`);
    assert.ok(finding && !finding.excerpt.includes(near.slice(0, 6)));
  });
});
