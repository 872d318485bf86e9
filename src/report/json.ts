import { printableJson } from "./printable.ts";
import { open, type Format } from "./row.ts";

/** gitleaks' JSON: an array, one space of indent, `[]` when there is nothing. */
export const json: Format = (findings) =>
  printableJson(
    `${JSON.stringify(
      open(findings).map(({ row }) => row),
      undefined,
      1,
    )}\n`,
  );
