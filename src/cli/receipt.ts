import { MOST_REPORT_BYTES } from "../disk/named-file.ts";
import { PatrolError } from "../model/errors.ts";
import { printable } from "../report/printable.ts";
import { EXIT, type Run } from "./usage/command.ts";
import { readVerifyingKey, verifiedReceipt } from "./receipt/receipt-file.ts";
import { subcommand } from "./rules.ts";
import { readText } from "./suppress/chosen.ts";

/** `patrol receipt verify FILE --key PUB`. Exit code 2 also for a receipt that says itself that something is missing. */
const verifyReceipt: Run = (args) => {
  const path = args.positionals[1];
  const keyPath = args.text("key");
  if (path === undefined || keyPath === undefined)
    throw new PatrolError("usage-invalid", "patrol receipt verify receipt.json --key public.pem");
  const receipt = verifiedReceipt(readText(path, "receipt", MOST_REPORT_BYTES), path, readVerifyingKey(keyPath));
  const counts = Object.entries(receipt.counts).map(([what, count]) => `${what} ${String(count)}`);
  const lines = [
    `the signature holds: Patrol ${receipt.tool.version}, ${receipt.endedAt}, ${receipt.target}`,
    `scanned: ${counts.join(", ")}; rules ${receipt.rules.hash}`,
    `findings: ${receipt.findings.reported} reported, ${receipt.findings.suppressed} suppressed`,
    ...receipt.notes.map((text) => `note: ${text}`),
    ...receipt.skipped.map(({ what, why }) => `not scanned: ${what}: ${why}`),
    receipt.isComplete ? "complete" : "not complete",
  ];
  return {
    exitStatus: receipt.isComplete ? EXIT.clean : EXIT.couldNotScan,
    stdout: lines.map((line) => `${printable(line)}\n`).join(""),
    stderr: "",
  };
};

/** `patrol receipt verify`. */
export const receipt: Run = async (args, terminal) =>
  await (
    await subcommand("receipt", args.positionals[0], { verify: () => Promise.resolve(verifyReceipt) })
  )(args, terminal);
