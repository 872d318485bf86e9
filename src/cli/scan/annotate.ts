import { appendFileSync } from "node:fs";
import { whyOf } from "../../disk/why.ts";
import { PatrolError } from "../../model/errors.ts";
import { github } from "../../report/github.ts";
import type { ReportContext, ReportedFinding } from "../../report/row.ts";
import { summary } from "../../report/summary.ts";

/** GitHub's annotations for standard output; the job's summary goes into the file that GitHub names. */
export function annotate(
  findings: readonly ReportedFinding[],
  context: ReportContext,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const path = env["GITHUB_STEP_SUMMARY"];
  if (path) {
    try {
      appendFileSync(path, summary(findings, context));
    } catch (error) {
      throw new PatrolError("usage-invalid", `GITHUB_STEP_SUMMARY: cannot write ${path}: ${whyOf(error)}`, {
        cause: error,
      });
    }
  }
  return github(findings, context);
}
