import { existsSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { isFolder } from "../../disk/is-folder.ts";
import { MOST_SHORT_BYTES } from "../../disk/named-file.ts";
import { whyOf } from "../../disk/why.ts";
import { writeNamed } from "../../disk/write-named.ts";
import { PatrolError } from "../../model/errors.ts";
import type { Format } from "../../report/row.ts";
import { ifNameIsLost } from "../place/current-folder.ts";
import { readText } from "../suppress/chosen.ts";
import type { Arguments } from "../usage/arguments.ts";

interface ReportWanted {
  readonly format: Format;
  /** `-` for standard output, where nothing is to be written. */
  readonly path: string;
  readonly write: (report: string) => void;
}

/** The report that was asked for. Checked before the scan: an hour's work is not lost for a wrong name. */
export async function reportWanted(args: Arguments): Promise<ReportWanted | undefined> {
  const path = args.text("report-path") ?? (args.has("report-format") || args.has("report-template") ? "-" : undefined);
  if (path === undefined) return undefined;
  const source = args.text("report-template");
  const template = source === undefined ? undefined : readText(source, "--report-template", MOST_SHORT_BYTES);
  if (path !== "-" && !existsSync(dirname(path)))
    throw new PatrolError(
      "usage-invalid",
      `--report-path: there is no folder ${dirname(path)} to write into${ifNameIsLost(path)}`,
    );
  if (path !== "-" && isFolder(path))
    throw new PatrolError("usage-invalid", `--report-path: ${path} is a folder; name a file in it`);
  // Formats take longer to load than most scans of what is staged.
  const { chooseFormat } = await import("../../report/formats.ts");
  return {
    path,
    format: chooseFormat({ name: args.text("report-format"), path, ...(template !== undefined && { template }) }),
    write: (report) => writeReport(path, report),
  };
}

function writeReport(path: string, report: string): void {
  try {
    // What is in a report concerns its reader only, redacted or not.
    writeNamed(path, report, "--report-path");
  } catch (error) {
    if (error instanceof PatrolError) throw error;
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) rmSync(path, { force: true });
    throw new PatrolError("usage-invalid", `--report-path: cannot write ${path}: ${whyOf(error)}`, { cause: error });
  }
}
