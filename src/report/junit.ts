import { open, type Format, type Row } from "./row.ts";
import { attribute, escape } from "./xml.ts";

const sentence = (row: Row) =>
  `${row.RuleID} has detected a secret in file ${row.File}, line ${row.StartLine}` +
  (row.Commit ? `, at commit ${row.Commit}.` : ".");

function testcase(row: Row): string {
  const name = attribute(sentence(row));
  const type = attribute(row.Description);
  return [
    `\t\t<testcase classname="${type}" file="${attribute(row.File)}" name="${name}">`,
    `\t\t\t<failure message="${name}" type="${type}">${escape(JSON.stringify(row, undefined, "\t"))}</failure>`,
    `\t\t</testcase>`,
  ].join("\n");
}

/** JUnit's XML: one failed test a finding. */
export const junit: Format = (findings) => {
  const rows = open(findings).map(({ row }) => row);
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites>`,
    `\t<testsuite failures="${rows.length}" name="patrol" tests="${rows.length}" time="">`,
    ...rows.map(testcase),
    `\t</testsuite>`,
    `</testsuites>`,
    ``,
  ].join("\n");
};
