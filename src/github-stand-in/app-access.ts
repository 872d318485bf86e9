import { createPublicKey, generateKeyPairSync, randomBytes, timingSafeEqual, verify } from "node:crypto";

/** A GitHub App that the stand-in knows: its key signs the requests for installation tokens. */
export interface StandInApp {
  readonly id: number;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
}

const TOKEN_LIFE_MS = 60 * 60_000;

/** What the App asks a token for; what it leaves out it gets in full. */
export interface TokenRequest {
  readonly repository_ids?: readonly number[];
  readonly permissions?: Readonly<Record<string, string>>;
}

/** Who may read and write: one key for pushes, and installation tokens that each open the repositories they name. */
export class AppAccess {
  readonly #id: number;
  #app: StandInApp | undefined;
  readonly pushToken = randomBytes(24).toString("hex");
  readonly #tokens = new Map<
    string,
    { readonly repositories: ReadonlySet<number> | undefined; readonly until: number }
  >();

  constructor(id: number) {
    this.#id = id;
  }

  /** Made when first asked for: a key takes half a second, and most stories need no App. */
  get app(): StandInApp {
    if (this.#app === undefined) {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      this.#app = { id: this.#id, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    }
    return this.#app;
  }

  /** Whether an `Authorization` header holds a token of this App: RS256, not expired. */
  isApp(authorization: string | undefined): boolean {
    const [head, body, signature] = /^bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization ?? "")?.slice(1) ?? [];
    if (head === undefined || body === undefined || signature === undefined) return false;
    const key = createPublicKey(this.app.privateKey);
    if (!verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))) return false;
    const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as { iss?: unknown; exp?: unknown };
    return String(claims.iss) === String(this.app.id) && Number(claims.exp) * 1000 > Date.now();
  }

  /** A token for the repositories of these numbers; for all when none are named. */
  mint(repositories: readonly number[] | undefined): { token: string; expiresAt: Date } {
    const token = `ghs_${this.#id}_${randomBytes(24).toString("base64url")}`;
    const until = Date.now() + TOKEN_LIFE_MS;
    this.#tokens.set(token, { repositories: repositories && new Set(repositories), until });
    return { token, expiresAt: new Date(until) };
  }

  /** Whether git's `Authorization: Basic` header may do this. */
  allows(authorization: string | undefined, repository: number, service: "read" | "write"): boolean {
    const encoded = /^basic (\S+)$/i.exec(authorization ?? "")?.[1];
    if (encoded === undefined) return false;
    const [user, ...rest] = Buffer.from(encoded, "base64").toString("latin1").split(":");
    const password = rest.join(":");
    if (user !== "x-access-token") return false;
    if (isEqual(password, this.pushToken)) return true;
    const token = this.#tokens.get(password);
    return (
      service === "read" &&
      token !== undefined &&
      token.until > Date.now() &&
      (token.repositories === undefined || token.repositories.has(repository))
    );
  }
}

function isEqual(left: string, right: string): boolean {
  return left.length === right.length && timingSafeEqual(Buffer.from(left, "latin1"), Buffer.from(right, "latin1"));
}
