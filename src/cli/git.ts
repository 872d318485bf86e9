import { PatrolError } from "../model/errors.ts";
import type { Run } from "./command.ts";

/** Scans the history of a repository. */
export const git: Run = () => {
  throw new PatrolError("usage-invalid", "patrol git is not there yet; use patrol dir");
};
