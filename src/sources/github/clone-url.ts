import { PatrolError } from "../../model/errors.ts";
import { FULL_NAME } from "../../model/push.ts";

/** Where git reads a repository: below the configured GitHub, whatever address a payload may hold. */
export function cloneUrl(githubUrl: string, repository: string): string {
  if (!FULL_NAME.test(repository))
    throw new PatrolError("payload-invalid", "the repository's name is not `owner/name` in GitHub's alphabet");
  return `${githubUrl.replace(/\/+$/, "")}/${repository}.git`;
}
