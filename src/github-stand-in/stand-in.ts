import { mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppAccess, type StandInApp, type TokenRequest } from "./app-access.ts";
import { type Delivery, type DeliveryAttempt, type Hook, makeDelivery, send } from "./deliveries.ts";
import { answerWithGit } from "./git-backend.ts";
import { numberOf } from "./payload-blocks.ts";
import { LIMITS, type RefUpdate, type StandInPush, pushPayload, refUpdates } from "./push-payload.ts";
import { type RepositoryOptions, StandInRepository, type Trouble } from "./repository.ts";
import { WorkingCopy } from "./working-copy.ts";

export interface StandInOptions {
  /** Where deliveries go by themselves after each push. Without it they are only returned, to be sent by hand. */
  readonly hook?: Hook;
  /** How long a receiver may take; GitHub's 10 s when left out. */
  readonly deadlineMs?: number;
  readonly pusher?: { readonly name: string; readonly email: string };
  /** Payloads name an installation, as those of a GitHub App do. */
  readonly asApp?: boolean;
}

export interface GitRequest {
  readonly method: string;
  readonly repository: string;
  /** `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  readonly service: string;
}

const GIT_PATH = /^\/([\w.-]+\/[\w.-]+?)\.git\/(info\/refs|git-upload-pack|git-receive-pack)$/;
const TOKEN_PATH = /^\/api\/v3\/app\/installations\/(\d+)\/access_tokens$/;
const BODY_MOST = 1024 ** 2;

/**
 * A small GitHub made of real parts on 127.0.0.1: bare repositories behind git's own HTTP backend, push events derived
 * from what really changed, signed deliveries with GitHub's deadline and limits, and installation tokens.
 */
export class GitHubStandIn {
  readonly #access = new AppAccess(4242);
  readonly #repositories = new Map<string, StandInRepository>();
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #options: StandInOptions;
  readonly #root: string;
  readonly #server: Server;
  /** Change it at any time; undefined stops deliveries. */
  hook: Hook | undefined;
  /** Every push so far, with what was sent for it. */
  readonly pushes: StandInPush[] = [];
  /** Every attempt to deliver, as GitHub's delivery log shows them. */
  readonly attempts: DeliveryAttempt[] = [];
  /** Every request that git made. */
  readonly gitRequests: GitRequest[] = [];
  /** Every request for an installation token. */
  readonly tokenRequests: TokenRequest[] = [];
  /** How requests for installation tokens are answered from now on, instead of with a token. */
  tokenTrouble: Trouble | { readonly page: string } | undefined;
  #copies = 0;

  private constructor(root: string, options: StandInOptions) {
    this.#root = root;
    this.#options = options;
    this.hook = options.hook;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  static async start(options: StandInOptions = {}): Promise<GitHubStandIn> {
    const standIn = new GitHubStandIn(await mkdtemp(join(tmpdir(), "patrol-github-")), options);
    await new Promise<void>((resolve) => standIn.#server.listen(0, "127.0.0.1", resolve));
    return standIn;
  }

  /** What `GITHUB_URL` is set to. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What `GITHUB_API_URL` is set to. */
  get apiUrl(): string {
    return `${this.url}/api/v3`;
  }

  /** What `GITHUB_APP_ID` and `GITHUB_APP_PRIVATE_KEY` are set to. */
  get app(): StandInApp {
    return this.#access.app;
  }

  async createRepository(fullName: string, options: RepositoryOptions = {}): Promise<StandInRepository> {
    const repository = await StandInRepository.create(this.#root, numberOf(fullName), fullName, options);
    this.#repositories.set(fullName.toLowerCase(), repository);
    return repository;
  }

  /** An empty clone of the repository, to commit to and push from. */
  async workingCopy(
    repository: StandInRepository,
    author = { name: "Alice Example", email: "alice@acme.example" },
  ): Promise<WorkingCopy> {
    this.#copies += 1;
    const credential = Buffer.from(`x-access-token:${this.#access.pushToken}`).toString("base64");
    return await WorkingCopy.create(
      {
        folder: join(this.#root, "copies", String(this.#copies)),
        remote: `${this.url}/${repository.fullName}.git`,
        authorization: `Basic ${credential}`,
        author,
        pushesDuring: async (push) => {
          const before = this.pushes.length;
          await push();
          return this.pushes.slice(before).filter((each) => each.repository === repository.fullName);
        },
      },
      {
        branch: repository.defaultBranch,
        objectFormat: (await repository.git("rev-parse", "--show-object-format")).trim(),
      },
    );
  }

  /** Sends a delivery once, to the hook as it is now. The same delivery may be sent again, and in any order. */
  async deliver(delivery: Delivery, hook: Hook | undefined = this.hook): Promise<DeliveryAttempt> {
    if (hook === undefined) throw new Error("the stand-in has no hook to deliver to");
    const deliveredAt = new Date();
    const isRedelivery = this.attempts.some((attempt) => attempt.guid === delivery.guid);
    const status = await send(hook, delivery, this.#options.deadlineMs ?? 10_000);
    const attempt: DeliveryAttempt = {
      guid: delivery.guid,
      event: delivery.event,
      deliveredAt,
      durationMs: Date.now() - deliveredAt.getTime(),
      status,
      isRedelivery,
    };
    this.attempts.push(attempt);
    return attempt;
  }

  /** Resolves when no delivery is under way. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.allSettled([...this.#inFlight]);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await this.settled();
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams, search } = new URL(request.url ?? "/", this.url);
    const installation = TOKEN_PATH.exec(pathname);
    if (installation !== null) return await this.#answerTokenRequest(request, response);
    const [, fullName = "", path = ""] = GIT_PATH.exec(pathname) ?? [];
    const repository = this.#repositories.get(fullName.toLowerCase());
    if (fullName !== "") this.gitRequests.push({ method: request.method ?? "", repository: fullName, service: path });
    const isWrite = path === "git-receive-pack" || searchParams.get("service") === "git-receive-pack";
    if (repository?.trouble !== undefined && !isWrite) {
      if ("hang" in repository.trouble) return;
      if ("status" in repository.trouble) return endWith(response, repository.trouble.status);
      response.setHeader("location", `${repository.trouble.movedTo}/${path}${search}`);
      return endWith(response, 301);
    }
    if (repository === undefined) return endWith(response, 404);
    const isOpen = !isWrite && repository.visibility === "public";
    if (!isOpen && !this.#access.allows(request.headers.authorization, repository.id, isWrite ? "write" : "read")) {
      if (request.headers.authorization === undefined) response.setHeader("www-authenticate", 'Basic realm="GitHub"');
      return endWith(response, request.headers.authorization === undefined ? 401 : 404);
    }
    const answer = () =>
      answerWithGit(this.#root, `/${repository.fullName}.git/${path}`, search.slice(1), request, response);
    if (path === "git-receive-pack") await this.#inTurn(repository, () => this.#receive(repository, answer));
    else await answer();
    response.end();
  }

  /** One push at a time a repository, so that what changed is what this push changed. */
  async #inTurn(repository: StandInRepository, work: () => Promise<void>): Promise<void> {
    const turn = (this.#busy.get(repository.fullName) ?? Promise.resolve()).then(work, work);
    this.#busy.set(repository.fullName, turn);
    await turn;
  }

  async #receive(repository: StandInRepository, answer: () => Promise<void>): Promise<void> {
    const refsBefore = await repository.refs();
    await answer();
    const updates = refUpdates(refsBefore, await repository.refs());
    const tags = updates.filter((update) => update.ref.startsWith("refs/tags/")).length;
    for (const update of updates) {
      const isTag = update.ref.startsWith("refs/tags/");
      const suppressed =
        isTag && tags > LIMITS.tags
          ? "more than three tags at once"
          : updates.length - tags > LIMITS.branches
            ? "more than 5000 branches at once"
            : undefined;
      const push = await this.#record(repository, update, refsBefore, suppressed);
      if (push.delivery === undefined || this.hook === undefined) continue;
      const attempt = this.deliver(push.delivery).finally(() => this.#inFlight.delete(attempt));
      this.#inFlight.add(attempt);
    }
  }

  async #record(
    repository: StandInRepository,
    update: RefUpdate,
    refsBefore: ReadonlyMap<string, string>,
    suppressed: string | undefined,
  ): Promise<StandInPush> {
    const base = { ...update, repository: repository.fullName };
    let push: StandInPush = { ...base, suppressed };
    if (suppressed === undefined) {
      const payload = await pushPayload(repository, update, refsBefore, {
        baseUrl: this.url,
        pusher: this.#options.pusher ?? { name: "alice-example", email: "alice@acme.example" },
        ...(this.#options.asApp === true ? { installationId: numberOf(repository.owner) } : {}),
      });
      const delivery = makeDelivery("push", payload);
      push =
        delivery.body.length > LIMITS.bytes
          ? { ...base, suppressed: "the payload is larger than 25 MB" }
          : { ...base, delivery };
    }
    this.pushes.push(push);
    return push;
  }

  async #answerTokenRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#access.isApp(request.headers.authorization)) return endWith(response, 401);
    let body = "";
    for await (const chunk of request) if ((body += String(chunk)).length > BODY_MOST) return endWith(response, 413);
    const wanted = JSON.parse(body === "" ? "{}" : body) as TokenRequest;
    this.tokenRequests.push(wanted);
    const trouble = this.tokenTrouble;
    if (trouble !== undefined) {
      if ("hang" in trouble) return;
      if ("status" in trouble) return endWith(response, trouble.status);
      if ("page" in trouble) return void response.setHeader("content-type", "text/html").end(trouble.page);
      response.setHeader("location", trouble.movedTo);
      return endWith(response, 307);
    }
    const known = new Set([...this.#repositories.values()].map(({ id }) => id));
    if (wanted.repository_ids?.some((id) => !known.has(id))) return endWith(response, 422);
    const { token, expiresAt } = this.#access.mint(wanted.repository_ids);
    response.writeHead(201, { "content-type": "application/json" }).end(
      JSON.stringify({
        token,
        expires_at: expiresAt.toISOString(),
        permissions: wanted.permissions ?? { contents: "read", metadata: "read" },
        repository_selection: wanted.repository_ids === undefined ? "all" : "selected",
      }),
    );
  }
}

function endWith(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end("");
}
