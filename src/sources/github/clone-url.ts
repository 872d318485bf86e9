import { PatrolError } from "../../model/errors.ts";

/** GitHub's alphabet for `owner/name`. `.` and `..` would be steps in a path. */
const FULL_NAME = /^(?!\.{1,2}\/)[A-Za-z0-9._-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

/** Where git reads a repository: below the configured GitHub, whatever address a payload may hold. */
export function cloneUrl(githubUrl: string, repository: string): string {
  if (!FULL_NAME.test(repository))
    throw new PatrolError("payload-invalid", "the repository's name is not `owner/name` in GitHub's alphabet");
  return `${githubUrl.replace(/\/+$/, "")}/${repository}.git`;
}
