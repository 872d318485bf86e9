import { PatrolError } from "../../model/errors.ts";

/** `FILE:LINE` as it was typed. */
export interface TypedPlace {
  readonly path: string;
  /** Counts from 1. */
  readonly line: number;
}

/** Throws `usage-invalid` for what is no `FILE:LINE`. A column behind the line, as compilers print it, is let pass. */
export function readPlace(text: string | undefined, usage: string): TypedPlace {
  const [, path, line] = /^(.+?):(\d{1,9})(?::\d+)?$/s.exec(text ?? "") ?? [];
  if (path === undefined || Number(line) < 1)
    throw new PatrolError(
      "usage-invalid",
      text === undefined ? `a place is missing: ${usage}` : `${text} is no FILE:LINE: ${usage}`,
    );
  return { path, line: Number(line) };
}
