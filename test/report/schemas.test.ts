import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";
import { default as addFormats } from "ajv-formats";
import { describe, test } from "vitest";
import { compileRulebook } from "../../src/engine/rulebook.ts";
import { scan } from "../../src/engine/scan.ts";
import type { Provenance } from "../../src/model/fragment.ts";
import type { Rule } from "../../src/model/rule.ts";
import { describe as describeFindings } from "../../src/report/describe.ts";
import { FORMATS } from "../../src/report/formats.ts";
import type { ReportContext, ReportedFinding } from "../../src/report/row.ts";
import { gitlabReportSchema } from "../support/gitlab-report-schema.ts";
import { parseXml } from "../support/xml.ts";

const rule = (more: Partial<Rule> = {}): Rule => ({
  id: "odd",
  name: "An odd key",
  issuer: "custom",
  pattern: "key-([a-z]{6})",
  secretGroup: 0,
  keywords: [],
  allowlists: [],
  tags: ["one", "two"],
  references: [],
  examples: [],
  counterExamples: [],
  ...more,
});
const rulebook = compileRulebook([
  rule(),
  rule({
    id: "long",
    name: `<${"long & ".repeat(60)}>`,
    pattern: "pin-([0-9]{4})",
    references: ["https://example.org/a b"],
  }),
  rule({ id: "file", name: "A key file", pattern: "", path: "\\.p12$" }),
]);

function findings(text: string, provenance: Partial<Provenance> = {}): ReportedFinding[] {
  const fragment = { bytes: Buffer.from(text), provenance: { kind: "file", path: "src/a.js", ...provenance } as const };
  const message = provenance.commit && "Add\n\u0007keys ]]> <![CDATA[";
  const options = { redact: 100, mask: (words: string) => words, ...(message && { message }) };
  return describeFindings(scan(fragment, rulebook), fragment, options);
}

const commit = "0123456789abcdef0123456789abcdef01234567";
const author = { name: 'Ada <"&>', email: "ada@example.org" };
const odd: readonly ReportedFinding[] = [
  ...findings("key-abcdef\n\n pin-1234"),
  ...findings("key-abcdef", { path: 'a b/<c>&"d"\'\n\u0001%20.js' }),
  ...findings("x", { path: "C:/keys/store.p12" }),
  ...findings("key-ghijkl", { kind: "commit-message", path: undefined, commit, author, authoredAt: new Date(1e12) }),
  ...findings("key-ghijkl", { commit, author, authoredAt: new Date(1e12) }).map((finding) => ({
    ...finding,
    suppression: { kind: "inSource", reason: "a comment allows it" } as const,
  })),
  ...findings("key-mnopqr", { path: "src/verified.js" }).map((finding) => ({
    ...finding,
    row: { ...finding.row, Verified: "active" as const },
  })),
];

const context: ReportContext = {
  version: "1.2.3",
  rules: rulebook.rules,
  skipped: [{ what: "x<y>\u0002.zip", why: "corrupt & broken" }],
  startedAt: new Date("2026-01-31T12:00:00Z"),
  endedAt: new Date("2026-01-31T12:00:01.250Z"),
};
const write = (name: string, found = odd, within = context) => FORMATS[name]?.(found, within) ?? assert.fail();

const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);

function holds(validate: ValidateFunction, document: unknown): void {
  if (!validate(document)) assert.fail(ajv.errorsText(validate.errors, { separator: "\n" }));
}

describe("SARIF", () => {
  const path = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json";
  // Written for draft 4 of JSON Schema; nothing in it changed its meaning since, but for what the schema is called.
  const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const validate = ajv.compile(schema);

  interface Run {
    readonly automationDetails?: { id: string };
    readonly results: {
      ruleId: string;
      ruleIndex: number;
      message: { text: string };
      partialFingerprints: Record<string, string>;
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
    }[];
    readonly tool: { driver: { rules: { id: string; properties: Record<string, unknown> }[] } };
  }
  const runs = (document: string) => (JSON.parse(document) as { runs: Run[] }).runs;

  test("satisfies the standard's schema, whatever names and texts hold", () => {
    for (const found of [[], odd]) holds(validate, JSON.parse(write("sarif", found)));
  });

  test("holds all that GitHub's code scanning asks of a result", () => {
    const [run] = runs(write("sarif"));
    assert.equal(run?.results.length, odd.length);
    assert.notEqual(run?.tool.driver.rules.length, 0);
    for (const { ruleId, ruleIndex, message, locations, partialFingerprints } of run?.results ?? []) {
      const { physicalLocation } = locations[0] ?? assert.fail();
      assert.equal(run?.tool.driver.rules[ruleIndex]?.id, ruleId);
      assert.ok(message.text !== "" && Object.keys(partialFingerprints).length > 0);
      assert.match(physicalLocation.artifactLocation.uri, /^[\w./%~!*'()-]+$/);
      assert.ok(physicalLocation.region.startLine >= 1);
    }
    for (const { properties } of run?.tool.driver.rules ?? [])
      assert.match(String(properties["security-severity"]), /^\d+\.\d$/);
  });

  test("more results than GitHub takes in a run go into runs of their own", () => {
    const [one] = odd;
    assert.ok(one);
    const many = runs(
      write(
        "sarif",
        Array.from({ length: 25_001 }, () => one),
      ),
    );
    assert.deepEqual(
      many.map(({ results, automationDetails }) => [results.length, automationDetails?.id]),
      [
        [25_000, undefined],
        [1, "patrol/2"],
      ],
    );
  });
});

test("GitLab's report is what GitLab accepts", () => {
  const validate = ajv.compile(gitlabReportSchema);
  for (const found of [[], odd]) holds(validate, JSON.parse(write("gitlab", found)));
  const ids = (JSON.parse(write("gitlab")) as { vulnerabilities: { id: string }[] }).vulnerabilities.map(
    ({ id }) => id,
  );
  assert.equal(new Set(ids).size, ids.length);
});

describe("JUnit", () => {
  // The format of Ant and Jenkins: which attributes and children an element has.
  const attributes: Record<string, readonly string[]> = {
    testsuites: ["name", "time", "tests", "failures", "disabled", "errors"],
    testsuite: ["name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id"],
    testcase: ["name", "assertions", "time", "classname", "status", "file"],
    failure: ["type", "message"],
    error: ["type", "message"],
  };

  test("is well formed and counts right, whatever names and texts hold", () => {
    const suites = parseXml(write("junit"));
    const [suite, ...more] = suites.children;
    assert.deepEqual([suites.name, suite?.name, more.length], ["testsuites", "testsuite", 0]);
    const cases = suite?.children ?? [];
    const failed = cases.filter(({ children }) => children.some(({ name }) => name === "failure"));
    const broken = cases.filter(({ children }) => children.some(({ name }) => name === "error"));
    assert.deepEqual([failed.length, broken.length], [6, 1], "findings that count, and what could not be scanned");
    assert.deepEqual(
      ["tests", "failures", "errors", "time", "timestamp"].map((name) => suite?.attributes[name]),
      ["7", "6", "1", "1.250", "2026-01-31T12:00:00"],
    );
    for (const element of [suites, ...suites.children, ...cases, ...cases.flatMap(({ children }) => children)])
      for (const name of Object.keys(element.attributes))
        assert.ok(attributes[element.name]?.includes(name), `${element.name} ${name}`);
    assert.ok(cases.every((one) => one.attributes["name"] !== "" && one.attributes["classname"] !== ""));
  });
});

test("the page never says clean of what could not be scanned", () => {
  assert.match(write("html", []), /<h1>No leaks found in the rest: 1 could not be scanned<\/h1>/);
  assert.match(write("html", [], { ...context, skipped: [] }), /<h1>No leaks found<\/h1>/);
});
