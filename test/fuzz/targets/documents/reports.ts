// What a scan tells, and in what words.
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { receiptText, verifiedReceipt, type Receipt } from "../../../../src/cli/receipt/receipt-file.ts";
import type { ReportedFinding } from "../../../../src/report/row.ts";
import { template } from "../../../../src/report/template/template.ts";
import { refusal } from "../../target.ts";
import { nested, type Document } from "./document.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const publicKey = createPublicKey(privateKey);
const RECEIPT = receiptText(
  { kind: "patrol-coverage-receipt", version: 1, notes: ["a"] } as unknown as Receipt,
  privateKey,
);

const FINDING: ReportedFinding = {
  row: {
    RuleID: "demo",
    Description: "a {{ token }}",
    StartLine: 3,
    EndLine: 3,
    StartColumn: 1,
    EndColumn: 9,
    Match: "key = REDACTED",
    Secret: "REDACTED",
    File: 'a"b\n.js',
    SymlinkFile: "",
    Commit: "a".repeat(40),
    Entropy: 3.5,
    Author: "Ada",
    Email: "ada@example.org",
    Date: "2026-01-31T12:00:00Z",
    Message: "one",
    Tags: ["x", "y"],
    Fingerprint: "a:b:3",
  },
  rule: { id: "demo", name: "demo", issuer: "demo", references: [], revokeAt: undefined as never },
  checksum: "valid",
  decoded: [],
  required: [],
  excerpt: "key",
  startCharacter: 1,
  endCharacter: 9,
  contentKey: "00",
  suppression: undefined as never,
};

export const REPORTS: Readonly<Record<string, Document>> = {
  receipt: {
    read: (text) => void refusal(() => verifiedReceipt(text, "receipt.json", publicKey)),
    seeds: [RECEIPT],
    words: [
      '"signature"',
      '"kind"',
      '"value"',
      "null",
      "[",
      "{",
      "\\ud800",
      "1e999",
      '"__proto__"',
      '"algorithm":"Ed25519"',
    ],
    heavy: [RECEIPT.replace('"notes": [', `"notes": [${nested("[", "]", 50_000)},`)],
  },
  template: {
    read(text) {
      const write = refusal(() => template(text));
      if (write !== undefined)
        refusal(() =>
          write([FINDING, FINDING], {
            version: "1",
            rules: [],
            skipped: [],
            startedAt: new Date(0),
            endedAt: new Date(0),
          }),
        );
    },
    seeds: [
      "{{ range $i, $f := . }}{{ if $i }},{{ end }}{{ quote .Secret }}{{ else }}none{{ end }}",
      '{{- /* c */ -}}{{ with len . }}{{ . | printf "%d" }}{{ end }}{{ $x := 1 }}{{ $x = 2 }}',
    ],
    words: [
      "{{",
      "}}",
      "{{-",
      "-}}",
      "/*",
      "*/",
      "range",
      "if",
      "else",
      "end",
      "with",
      "define",
      "printf",
      '"%999999999d"',
      "|",
      "(",
      ")",
      "$",
      ".",
      ":=",
      "repeat 999999999",
      "`",
      '"',
    ],
    heavy: [
      nested("{{ if 1 }}", "{{ end }}", 20_000),
      `{{ ${nested("(", ")", 50_000)} }}`,
      `{{${" ".repeat(200_000)}@}}`,
      "{{/*".repeat(50_000),
    ],
  },
};
