import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { PatrolError } from "../../model/errors.ts";
import type { Publication, Push } from "../../model/push.ts";
import { Secret } from "../../model/secret.ts";

export interface GitHubAppOptions {
  readonly appId: string;
  readonly privateKey: Secret;
  /** `https://api.github.com`, or `…/api/v3` of an Enterprise Server. */
  readonly apiUrl: string;
  /** How long GitHub may take for an answer. */
  readonly answerMs?: number;
}

const ANSWER_MS = 20_000;

/** What goes wrong is thrown; a library does not write to our log. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** GitHub knows the installation no more, keeps it from this App, or it does not hold the repository any more. */
const NO_ACCESS = new Set<number | undefined>([403, 404, 422]);

/** What a proxy's page says instead of a token is kept by the library as if it were one. */
const isToken = (text: unknown): text is string => typeof text === "string" && /^[\x21-\x7e]{20,}$/.test(text);

/**
 * Mints tokens of a GitHub App that read the contents of one repository and nothing else, by its number: a name may have
 * changed since the push. They live for an hour and are kept in memory for most of it. A push that names no installation
 * is read without a token, and one to a public repository also when the App has lost its access.
 */
export function createInstallationTokens(
  options: GitHubAppOptions,
): (told: Push | Publication) => Promise<Secret | undefined> {
  const answerMs = options.answerMs ?? ANSWER_MS;
  const limited: typeof fetch = async (url, init) =>
    await fetch(url, { ...init, signal: AbortSignal.timeout(answerMs) });
  const auth = createAppAuth({
    appId: options.appId,
    privateKey: options.privateKey.reveal(),
    request: new Octokit({
      baseUrl: options.apiUrl.replace(/\/+$/, ""),
      log: SILENT,
      request: { fetch: limited },
    }).request,
  });
  const ask = async (
    { repositoryId }: Push | Publication,
    installationId: number,
    refresh: boolean,
  ): Promise<unknown> => {
    const wanted = { installationId, repositoryIds: [repositoryId], permissions: { contents: "read" } };
    return (await auth({ type: "installation", ...wanted, refresh })).token;
  };
  return async (push) => {
    const { installationId, exposure } = push;
    if (installationId === undefined) return undefined;
    try {
      let token = await ask(push, installationId, false);
      if (!isToken(token)) token = await ask(push, installationId, true);
      if (isToken(token)) return new Secret(token);
    } catch (error) {
      // Without an answer the library's error says 500.
      const status = (error as { response?: { status: number } }).response?.status;
      if (exposure === "public" && NO_ACCESS.has(status)) return undefined;
      throw tokenError(status, installationId);
    }
    throw new PatrolError("fetch-failed", `no token for installation ${installationId}: GitHub's answer holds none`);
  };
}

function tokenError(status: number | undefined, installationId: number): PatrolError {
  const answer = status === undefined ? "GitHub could not be reached" : `GitHub answered ${status}`;
  const code = status === 401 || NO_ACCESS.has(status) ? "repository-gone" : "fetch-failed";
  return new PatrolError(code, `no token for installation ${installationId}: ${answer}`);
}
