import { MOST_SHORT_BYTES, readNamed } from "../disk/named-file.ts";
import { PatrolError, toPatrolError } from "../model/errors.ts";
import { Secret } from "../model/secret.ts";
import { runGit } from "./place/repository.ts";

/** A service of Patrol's that this machine tells things. */
export interface PatrolService {
  /** Ends in `/`. */
  readonly url: URL;
  readonly token: Secret;
  /** How long an answer is waited for, when somebody chose it. */
  readonly answerMs?: number;
}

/** A hook waits no longer. */
const ANSWER_MS = 2_000;
const SERVICE = "patrol.service";
const MOST_ANSWER_BYTES = 1 << 20;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

type Environment = Readonly<Record<string, string | undefined>>;

const wrong = (what: string) => new PatrolError("setting-invalid", what);

function addressOf(text: string, from: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "")
    throw wrong(`${from} is no address such as https://patrol.example.org`);
  if (url.protocol === "http:" && !LOOPBACK.test(url.hostname))
    throw wrong(`${from} must begin with https://, as a token is sent there`);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/**
 * What git's configuration says last. That of this repository does not count: it came with the repository when somebody
 * handed the folder on, and would choose where a token is sent.
 */
function fromGit(key: string, ...options: readonly string[]): string | undefined {
  const lines = runGit(".", ["config", ...options, "--show-scope", "--get-all", key])?.split("\n") ?? [];
  const own = lines.filter((line) => !/^(?:local|worktree)\t/.test(line)).at(-1);
  if (own === undefined && lines.length > 0)
    throw wrong(
      `git's ${key} stands in this repository only, which may not choose whom Patrol tells what it found; ` +
        `use git config --global ${key}, or ${key === SERVICE ? "PATROL_SERVICE_URL" : "PATROL_SERVICE_TOKEN_FILE"}`,
    );
  return own?.slice(own.indexOf("\t") + 1);
}

function tokenOf(env: Environment): Secret {
  const given = env["PATROL_SERVICE_TOKEN"];
  if (given) return checkedToken(given.trim(), "PATROL_SERVICE_TOKEN");
  const path = env["PATROL_SERVICE_TOKEN_FILE"] || fromGit("patrol.serviceTokenFile", "--type=path");
  if (!path) throw wrong("PATROL_SERVICE_TOKEN_FILE, or git's patrol.serviceTokenFile, must name a file with a token");
  let text: string;
  try {
    text = readNamed(path, { by: "the service's token", mostBytes: MOST_SHORT_BYTES }).toString("utf8");
  } catch (cause) {
    throw wrong(toPatrolError(cause).message);
  }
  return checkedToken(text.trim(), path);
}

/** What no header can hold is no token: the file is another one than was meant. */
function checkedToken(text: string, from: string): Secret {
  if (!/^[\x21-\x7e]{1,1000}$/.test(text))
    throw wrong(`${from} holds no token of the service: one word, a line of its own`);
  return new Secret(text);
}

/**
 * The service that PATROL_SERVICE_URL or git's `patrol.service` names; undefined when neither does. A token is never taken
 * from git's configuration itself, and neither is taken from the repository's own.
 *
 * @throws PatrolError `setting-invalid`.
 */
export function serviceHere(env: Environment): PatrolService | undefined {
  const given = env["PATROL_SERVICE_URL"];
  const text = given || fromGit(SERVICE);
  if (!text) return undefined;
  const url = addressOf(text, given ? "PATROL_SERVICE_URL" : `git's ${SERVICE}`);
  const seconds = env["PATROL_SERVICE_TIMEOUT"];
  if (seconds && !/^[1-9]\d{0,3}$/.test(seconds))
    throw wrong(`PATROL_SERVICE_TIMEOUT is a number of seconds from 1 to 9999, not ${JSON.stringify(seconds)}`);
  return { url, token: tokenOf(env), ...(seconds && { answerMs: Number(seconds) * 1_000 }) };
}

/**
 * Posts JSON and gives what the service answers. No redirect is followed, and nothing waits longer than `answerMs`, unless
 * the service's own is set.
 *
 * @throws PatrolError `service-unreachable`.
 */
export async function askService(
  { url, token, answerMs: chosenMs }: PatrolService,
  path: string,
  body: object,
  answerMs = ANSWER_MS,
): Promise<unknown> {
  const failed = (why: string, cause?: unknown) =>
    new PatrolError("service-unreachable", `the service at ${url.origin} ${why}`, { cause });
  const response = await fetch(new URL(path, url), {
    method: "POST",
    redirect: "error",
    headers: { authorization: `Bearer ${token.reveal()}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(chosenMs ?? answerMs),
  }).catch((cause: unknown) => {
    throw failed("does not answer", cause);
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw failed(response.status === 401 ? "does not accept the token (401)" : `answered ${response.status}`);
  }
  try {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > MOST_ANSWER_BYTES) throw new Error("too long");
      chunks.push(chunk as Uint8Array);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch (cause) {
    throw failed("gave an answer that cannot be read", cause);
  }
}
