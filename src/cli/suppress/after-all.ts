// Findings that were left out, and are told when it turns out at the end that the reason does not hold.
import type { Secret } from "../../model/secret.ts";
import type { ReportedFinding, Suppression } from "../../report/row.ts";
import { counted } from "../terminal/look.ts";
import type { Told } from "./suppress.ts";

interface AfterAll {
  readonly remember: (reason: Suppression, told: Told) => void;
  /** Takes back the reasons, but for what another one is found for. Gives what is told now. */
  readonly among: (
    findings: ReportedFinding[],
    withdrawn: ReadonlySet<Suppression>,
  ) => { readonly finding: ReportedFinding; readonly secret: Secret }[];
}

/** @param other what is asked for another reason: whatever comes behind the one that was taken back. */
export function afterAll(other: (told: Told) => Suppression | undefined): AfterAll {
  const tellings = new Map<Suppression, Told>();
  return {
    remember: (reason, { candidate, paths, match }) => void tellings.set(reason, { candidate, paths, match }),
    among: (findings, withdrawn) =>
      findings.flatMap(({ suppression, ...finding }, at) => {
        const told = suppression !== undefined && withdrawn.has(suppression) ? tellings.get(suppression) : undefined;
        if (told === undefined) return [];
        const reason = other(told);
        findings[at] = reason === undefined ? finding : { ...finding, suppression: reason };
        return reason === undefined ? [{ finding, secret: told.candidate.secret }] : [];
      }),
  };
}

export const moreThanKnown = (count: number, baseline = "") =>
  `${baseline} hides its secrets: ${counted(count, "finding")} may be what it tells of, but there are more than it holds, so all are told; one made with --redact=0 knows each`;
