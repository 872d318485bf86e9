import type { Config } from "../../config/config.ts";
import type { Call } from "./client.ts";

/** Where a command writes: results to `out`, remarks to `note`, each a line. */
export interface Terminal {
  readonly out: (line: string) => void;
  readonly note: (line: string) => void;
}

/** What an administration command gets. */
interface Context {
  readonly config: Config;
  readonly call: Call;
  readonly terminal: Terminal;
}

/** A command that is a process of its own, or begins one. It prints for itself; what fails is thrown. */
export interface ProcessCommand {
  readonly usage: string;
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<void>;
}

/** A command with sub-commands that speak to the service. Returns nothing: what fails is thrown. */
export type AdministrationCommand = Readonly<Record<string, Subcommand>>;

interface Subcommand {
  readonly usage: string;
  readonly run: (args: readonly string[], context: Context) => Promise<void>;
}

/** Rows as aligned columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
