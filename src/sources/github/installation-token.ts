import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { PatrolError } from "../../model/errors.ts";
import type { Push } from "../../model/push.ts";
import { Secret } from "../../model/secret.ts";

export interface GitHubAppOptions {
  readonly appId: string;
  readonly privateKey: Secret;
  /** `https://api.github.com`, or `…/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
}

/** What goes wrong is thrown; a library does not write to our log. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Mints tokens of a GitHub App that read the contents of one repository and nothing else. They live for an hour and are
 * kept in memory for most of it. A push that names no installation is read without a token.
 */
export function createInstallationTokens(options: GitHubAppOptions): (push: Push) => Promise<Secret | undefined> {
  const auth = createAppAuth({
    appId: options.appId,
    privateKey: options.privateKey.reveal(),
    request: new Octokit({ baseUrl: options.apiUrl.replace(/\/+$/, ""), log: SILENT }).request,
  });
  return async (push) => {
    if (push.installationId === undefined) return undefined;
    try {
      const { token } = await auth({
        type: "installation",
        installationId: push.installationId,
        repositoryNames: [push.repository.slice(push.repository.indexOf("/") + 1)],
        permissions: { contents: "read" },
      });
      return new Secret(token);
    } catch (error) {
      throw tokenError(error, push.installationId);
    }
  };
}

function tokenError(error: unknown, installationId: number): PatrolError {
  const status = (error as { status?: unknown }).status;
  const answer = typeof status === "number" ? `GitHub answered ${status}` : "GitHub could not be reached";
  // Suspended or removed: GitHub gives out no more tokens, as it gives out no more content.
  const code = status === 401 || status === 403 || status === 404 ? "repository-gone" : "fetch-failed";
  return new PatrolError(code, `no token for installation ${installationId}: ${answer}`);
}
