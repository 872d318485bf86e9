import type { Readable } from "node:stream";
import type { Arguments } from "./arguments.ts";
import type { Flag } from "./flags.ts";

/** What a command may know of the place it runs in. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  readonly columns: number;
  /** Shows something at once, on standard error, while the command still runs. */
  readonly tell: (text: string) => void;
}

/** What a command has to say once it is done. */
export interface Result {
  readonly exitStatus: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Of a scan: the findings that count, by rule and place. */
  readonly fingerprints?: readonly string[];
  /** What is left to do for later runs once the result was told. */
  readonly afterwards?: () => Promise<void>;
}

export type Run = (args: Arguments, terminal: Terminal) => Result | Promise<Result>;

/** A command as people are told of it. */
export interface Command {
  readonly summary: string;
  /** What stands behind the command's name in its usage line. */
  readonly operands?: string;
  readonly flags: readonly Flag[];
  /** Command lines to learn from, each with what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly hidden?: boolean;
}

/** Exit codes of the scans. */
export const EXIT = { clean: 0, leaks: 1, couldNotScan: 2, unknownFlag: 126 } as const;
