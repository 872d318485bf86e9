import type { RepositoryOptions, StandInRepository } from "../../src/github-stand-in/repository.ts";
import type { GitHubStandIn } from "../../src/github-stand-in/stand-in.ts";
import type { WorkingCopy } from "../../src/github-stand-in/working-copy.ts";

let count = 0;

/** A repository whose main branch holds one commit that was pushed before. */
export async function startedRepository(
  standIn: GitHubStandIn,
  options: RepositoryOptions = {},
): Promise<{ repository: StandInRepository; copy: WorkingCopy }> {
  count += 1;
  const repository = await standIn.createRepository(`acme/project-${count}`, options);
  const copy = await standIn.workingCopy(repository);
  await copy.write("README.md", "old content\n");
  await copy.commit("first");
  await copy.push("main");
  return { repository, copy };
}
