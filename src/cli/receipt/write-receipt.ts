import { createHash } from "node:crypto";
import { whyOf } from "../../disk/why.ts";
import type { Json } from "../../audit/canonical-json.ts";
import { writeNamed } from "../../disk/write-named.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Arguments } from "../usage/arguments.ts";
import type { Configuration } from "../configuration.ts";
import { packageVersion } from "../version.ts";
import { readSigningKey, receiptText, type Receipt } from "./receipt-file.ts";

/** Flags that change what is scanned or found; the receipt repeats those that were given. */
const ASKED = [
  "log-opts",
  "staged",
  "pre-commit",
  "respect-gitignore",
  "follow-symlinks",
  "max-target-megabytes",
  "max-decode-depth",
  "max-archive-depth",
  "ignore-gitleaks-allow",
  "timeout",
];

/** What a scan tells of itself. Names and reasons are masked. */
export type Coverage = Pick<
  Receipt,
  "target" | "unit" | "counts" | "refs" | "skipped" | "notes" | "findings" | "exitStatus"
> & {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly configuration: Configuration;
  readonly mask: (text: string) => string;
};

const asked = (args: Arguments, mask: (text: string) => string): Receipt["asked"] => {
  const given = ASKED.filter((name) => args.has(name)).map((name): [string, Json] => [
    name,
    mask(args.text(name) ?? ""),
  ]);
  const rules = args.list("enable-rule");
  return Object.fromEntries([...given, ...(rules.length > 0 ? [["enable-rule", rules] as [string, Json]] : [])]);
};

/** The receipt that was asked for. Its key is read before the scan: an hour's work is not lost for a wrong name. */
export function receiptWanted(args: Arguments): { write: (coverage: Coverage) => void } | undefined {
  const path = args.text("receipt");
  const keyPath = args.text("receipt-key");
  if (path === undefined) {
    if (keyPath !== undefined)
      throw new PatrolError("usage-invalid", "--receipt-key signs a receipt: add --receipt FILE");
    return undefined;
  }
  const key = keyPath === undefined ? undefined : readSigningKey(keyPath);
  return {
    write({ startedAt, endedAt, configuration: { rulebook, found }, mask, ...coverage }) {
      const sha256 = createHash("sha256")
        .update(found?.content ?? "")
        .digest("hex");
      const receipt: Receipt = {
        kind: "patrol-coverage-receipt",
        version: 1,
        tool: { name: "patrol", version: packageVersion() },
        startedAt: startedAt.toISOString(),
        endedAt: endedAt.toISOString(),
        asked: asked(args, mask),
        rules: {
          hash: rulebook.hash,
          count: rulebook.rules.length,
          configuration: found ? { name: mask(found.name), sha256 } : null,
        },
        ...coverage,
        isComplete: coverage.skipped.length === 0,
      };
      try {
        writeNamed(path, receiptText(receipt, key), "--receipt");
      } catch (error) {
        if (error instanceof PatrolError) throw error;
        throw new PatrolError("usage-invalid", `--receipt: cannot write ${path}: ${whyOf(error)}`, { cause: error });
      }
    },
  };
}
