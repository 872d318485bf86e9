import type { Secret } from "../../../model/secret.ts";
import type { GitConfig } from "./process.ts";

export interface Remote {
  readonly url: string;
  /** May read the repository, and is for this server alone. Passed to git by environment only. */
  readonly token?: Secret;
}

/** GitHub's name for whoever shows a token. */
const USER = "x-access-token";

/** What git is told of a server, and how it shows it a token. */
interface Access {
  readonly config: GitConfig;
  readonly variables?: Readonly<Record<string, string>>;
}

/** For one request. @param isMoved whether the server has sent an earlier one elsewhere, as for a renamed repository. */
export function accessTo({ url, token }: Remote, isMoved: boolean): Access {
  const { origin, protocol } = new URL(url);
  const access = token === undefined ? { config: [] } : isMoved ? byHelper(origin, token) : byHeader(origin, token);
  const config: GitConfig = [
    ["remote.origin.url", url],
    [`protocol.${protocol.slice(0, -1)}.allow`, "always"],
    ["http.lowSpeedLimit", "1000"],
    ["http.lowSpeedTime", "30"],
    ...access.config,
  ];
  return { ...access, config };
}

/**
 * With the first request, as a header. Git, once it was sent elsewhere, shows its headers there too, whoever that is
 * (seen with 2.39 and libcurl 7.88). So it is not to follow.
 */
function byHeader(origin: string, token: Secret): Access {
  const basic = Buffer.from(`${USER}:${token.reveal()}`, "latin1").toString("base64");
  return {
    config: [
      [`http.${origin}/.extraHeader`, `Authorization: Basic ${basic}`],
      ["http.followRedirects", "false"],
    ],
  };
}

/**
 * When this server asks for it, which costs a request more; a renamed repository is found so. git asks the helper for no
 * other server. The shell that runs it has the token in a variable and not among its arguments, which everyone may read.
 */
function byHelper(origin: string, token: Secret): Access {
  const says = `!f() { test "$1" != get || printf "username=${USER}\\npassword=%s\\n" "$PATROL_FETCH_TOKEN"; }; f`;
  return {
    config: [[`credential.${origin}.helper`, says]],
    variables: { PATROL_FETCH_TOKEN: token.reveal() },
  };
}
