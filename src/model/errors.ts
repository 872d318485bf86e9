/**
 * Everything that can go wrong on purpose, in one table. An expected answer is a value; only surprises are thrown, as a
 * `PatrolError` whose code says who is to blame, what an HTTP caller hears, whether a job is tried again, and how a
 * command exits.
 */
export interface ErrorKind {
  readonly blame: "sender" | "dependency" | "us";
  /** HTTP status at the edges. */
  readonly http: number;
  /** Whether a job that met this error comes back. */
  readonly retry: "never" | "later";
  /** Exit code of a command: 2 means "could not do it", never "nothing found". */
  readonly exit: number;
}

const ERRORS = {
  // What a sender got wrong.
  "body-too-large": { blame: "sender", http: 413, retry: "never", exit: 2 },
  "body-not-json": { blame: "sender", http: 400, retry: "never", exit: 2 },
  "content-type-unsupported": { blame: "sender", http: 415, retry: "never", exit: 2 },
  "header-missing": { blame: "sender", http: 400, retry: "never", exit: 2 },
  "header-invalid": { blame: "sender", http: 400, retry: "never", exit: 2 },
  "signature-invalid": { blame: "sender", http: 401, retry: "never", exit: 2 },
  "payload-invalid": { blame: "sender", http: 400, retry: "never", exit: 2 },
  "request-invalid": { blame: "sender", http: 400, retry: "never", exit: 2 },
  "not-signed-in": { blame: "sender", http: 401, retry: "never", exit: 2 },
  "cross-origin": { blame: "sender", http: 403, retry: "never", exit: 2 },
  "not-found": { blame: "sender", http: 404, retry: "never", exit: 2 },
  "too-many-requests": { blame: "sender", http: 429, retry: "later", exit: 2 },
  "already-exists": { blame: "sender", http: 409, retry: "never", exit: 2 },
  "usage-invalid": { blame: "sender", http: 400, retry: "never", exit: 2 },
  "flag-unknown": { blame: "sender", http: 400, retry: "never", exit: 126 },
  // A job comes back: while a setting is being changed, one process may not know yet what another has written.
  "setting-invalid": { blame: "sender", http: 500, retry: "later", exit: 2 },
  "rule-invalid": { blame: "sender", http: 400, retry: "never", exit: 2 },
  // What something we lean on got wrong.
  "database-unavailable": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  "queue-unavailable": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  "token-store-unavailable": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  "mail-failed": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  "fetch-failed": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  "repository-gone": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  "service-unreachable": { blame: "dependency", http: 503, retry: "later", exit: 2 },
  // What we, or the place we run in, got wrong.
  "source-unreadable": { blame: "us", http: 500, retry: "later", exit: 2 },
  overloaded: { blame: "us", http: 503, retry: "later", exit: 2 },
  "limit-exceeded": { blame: "us", http: 500, retry: "never", exit: 2 },
  "data-folder-in-use": { blame: "us", http: 500, retry: "never", exit: 2 },
  "data-folder-mismatch": { blame: "us", http: 500, retry: "never", exit: 2 },
  "audit-chain-broken": { blame: "us", http: 500, retry: "never", exit: 1 },
  internal: { blame: "us", http: 500, retry: "later", exit: 2 },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** A surprise with a code. The message names the thing, the place and the way out, and never holds a secret. */
export class PatrolError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "PatrolError";
    this.code = code;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code];
  }
}

/** Any thrown value as a `PatrolError`; what we did not foresee is `internal`. */
export function toPatrolError(error: unknown): PatrolError {
  if (error instanceof PatrolError) return error;
  return new PatrolError("internal", error instanceof Error ? error.message : String(error), { cause: error });
}

/** How many causes behind an error are told. */
const MOST_CAUSES = 4;

/**
 * An error as a log may hold it: what it is and what it says, where it was thrown if that is a surprise, and the same of
 * its causes. Whatever else it carries stays out: the embedded database's errors hold the values that a statement was given.
 *
 * @param mask takes tokens out of a text.
 */
export function describeError(error: unknown, mask: (text: string) => string): object {
  return describe(error, mask, isForeseen(error), 0);
}

function describe(error: unknown, mask: (text: string) => string, isBelowForeseen: boolean, depth: number): object {
  if (!(error instanceof Error)) return { message: mask(String(error)) };
  const { code } = error as { code?: unknown };
  // A server that is away is told by a code or in words; a mistake of ours may still stand behind it.
  const isTold = isBelowForeseen && (typeof code === "string" || error.constructor === Error);
  return {
    type: error.name,
    ...(typeof code === "string" && { code }),
    message: mask(error.message),
    ...(!isTold && { stack: mask(error.stack ?? "") }),
    ...(error.cause !== undefined &&
      depth < MOST_CAUSES && { cause: describe(error.cause, mask, isBelowForeseen, depth + 1) }),
  };
}

/** What something we lean on got wrong: it happens, and the place in the program that noticed it explains nothing. */
const isForeseen = (error: unknown) => error instanceof PatrolError && error.kind.blame === "dependency";
