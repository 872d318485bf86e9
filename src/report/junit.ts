import { open, type Format, type ReportContext, type Row } from "./row.ts";
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

/** What could not be scanned is a test that could not be run. */
function gap({ what, why }: ReportContext["skipped"][number]): string {
  const message = attribute(`${what} was not scanned: ${why}`);
  return [
    `\t\t<testcase classname="Not scanned" file="${attribute(what)}" name="${message}">`,
    `\t\t\t<error message="${message}" type="Not scanned"/>`,
    `\t\t</testcase>`,
  ].join("\n");
}

/** JUnit's XML: one failed test a finding, one test with an error for whatever could not be scanned. */
export const junit: Format = (findings, { skipped, startedAt, endedAt }) => {
  const rows = open(findings).map(({ row }) => row);
  const seconds = ((endedAt.getTime() - startedAt.getTime()) / 1000).toFixed(3);
  const counts = `failures="${rows.length}" name="patrol" tests="${rows.length + skipped.length}"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites>`,
    `\t<testsuite ${counts} time="${seconds}" errors="${skipped.length}" timestamp="${startedAt.toISOString().slice(0, 19)}">`,
    ...rows.map(testcase),
    ...skipped.map(gap),
    `\t</testsuite>`,
    `</testsuites>`,
    ``,
  ].join("\n");
};
