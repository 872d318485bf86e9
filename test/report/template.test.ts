import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { ReportContext, ReportedFinding, Row } from "../../src/report/row.ts";
import { template } from "../../src/report/template/template.ts";

const endedAt = new Date("2026-03-04T15:06:07.089Z");
const context: ReportContext = { version: "1", rules: [], skipped: [], startedAt: endedAt, endedAt };
const finding = (row: Partial<Row>) => ({ row: { Tags: [], ...row } }) as unknown as ReportedFinding;
const two = [
  finding({ RuleID: "one", File: "a.js", StartLine: 1, Tags: ["x", "y"] }),
  finding({ RuleID: "two", File: 'b"<.js', StartLine: 2 }),
];
const write = (source: string, findings = two) => template(source)(findings, context);

describe("a template", () => {
  test("goes through the findings, with commas between them", () => {
    const source = `[{{ $last := (sub (len . ) 1) }}
{{- range $i, $finding := . }}{{with $finding}}
  {"rule": {{ quote .RuleID }}, "line": {{ .StartLine }}, "tags": [{{ $lastTag := (sub (len .Tags ) 1) }}{{ range $j, $tag := .Tags }}{{ quote . }}{{ if ne $j $lastTag }},{{ end }}{{ end }}]}{{ if ne $i $last }},{{ end }}
{{- end}}{{ end }}
]`;
    assert.deepEqual(JSON.parse(write(source)), [
      { rule: "one", line: 1, tags: ["x", "y"] },
      { rule: "two", line: 2, tags: [] },
    ]);
  });

  test("chooses by if, else if and else", () => {
    const source = `{{range .}}{{if eq .RuleID "one"}}1{{else if (gt .StartLine 1)}}>1{{else}}?{{end}};{{end}}`;
    assert.equal(write(source), "1;>1;");
    assert.equal(write(`{{range .}}x{{else}}none{{end}}`, []), "none");
  });

  test("prints by printf, pipes and functions, and escapes for HTML", () => {
    assert.equal(
      write(`{{range .}}{{printf "%-5s|%03d|%q" .RuleID .StartLine .File}}\n{{end}}`),
      'one  |001|"a.js"\ntwo  |002|"b\\"<.js"\n',
    );
    assert.equal(write(`{{ (index . 1).File | html | upper }}`), "B&#34;&LT;.JS".replace("&LT;", "&LT;"));
    assert.equal(write(`{{ range . }}{{ .Tags | join "+" | default "-" }} {{ end }}`), "x+y - ");
  });

  test("tells the time of the scan in Go's layouts, the line around a finding, and much of what sprig does", () => {
    const one = [
      { ...finding({ File: "src/a.js", Secret: "REDACTED", Date: "2025-12-31T23:59:58Z" }), excerpt: "k = REDACTED" },
    ];
    for (const [source, is] of [
      [`{{ now | date "Jan 02, 2006 15:04:05 MST" }}`, "Mar 04, 2026 15:06:07 UTC"],
      [`{{ date "Monday _2 January 06, 3:04 pm -0700" now }}`, "Wednesday  4 March 26, 3:06 pm +0000"],
      [
        `{{ now | date "2006-01-02T15:04:05.000Z07:00" }} {{ now | htmlDate }} {{ now | unixEpoch }}`,
        "2026-03-04T15:06:07.089Z 2026-03-04 1772636767",
      ],
      [`{{ range . }}{{ .Date | date "02.01.2006" }} {{ .Line | quote }}{{ end }}`, `31.12.2025 "k = REDACTED"`],
      [
        `{{ range . }}{{ .Secret | sha256sum | trunc 8 }} {{ abbrev 7 .File }} {{ substr 4 6 .File }}{{ end }}`,
        "b83c7778 src/... a.",
      ],
      [
        `{{ $d := dict "a" 1 }}{{ $_ := set $d "b" 2 }}{{ get $d "b" }}{{ hasKey $d "c" }}{{ if dict }}x{{ end }}`,
        "2false",
      ],
      [
        `{{ list "b" "a" | sortAlpha | join "," }} {{ max 1 3 2 }} {{ range until 3 }}{{ . }}{{ end }} {{ plural "leak" "leaks" (len .) }}`,
        "a,b 3 012 leak",
      ],
    ] as const)
      assert.equal(write(source, one), is, source);
    assert.throws(() => write(`{{ fail "no" }}`), /line 1: fail: no/);
    assert.throws(() => write("{{ randAlpha 3 }}"), /there is no function randAlpha; known are .*now/);
  });

  test("takes white space away where asked, and comments everywhere", () => {
    assert.equal(write(`a  {{- /* why }} */ -}}  b {{ "}}" -}}\n c`), "ab }}c");
  });

  test("variables belong to their block, and can be set from inside of it", () => {
    assert.equal(write(`{{$n := 0}}{{range .}}{{$n = add $n .StartLine}}{{end}}{{$n}}`), "3");
  });

  test("says with the line what it does not understand", () => {
    for (const [source, says] of [
      ['\n{{ define "x" }}{{ end }}', /line 2: define is not supported/],
      ["{{ range . }}", /never closed/],
      ["{{ .x", /never closed/],
      ["{{ end }}", /end without/],
      ['{{ env "HOME" }}', /there is no function env/],
      ["{{ range . }}{{ .Nope }}{{ end }}", /no such field/],
      ["{{ .constructor }}", /asked of a list/],
      ["{{ $x }}", /\$x was never set/],
    ] as const)
      assert.throws(() => write(source), says, source);
  });
});
