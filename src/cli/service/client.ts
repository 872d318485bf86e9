import type { Config } from "../../config/config.ts";
import { readHolder } from "../../config/data-folder.ts";
import { type Operation, perform } from "../../http/admin/operation.ts";
import { OPERATIONS } from "../../http/admin/operations.ts";
import { PatrolError } from "../../model/errors.ts";
import { openPatOnly } from "../../app.ts";

type Operations = typeof OPERATIONS;
type Name = keyof Operations;
type Input<N extends Name> = Operations[N] extends Operation<infer I> ? Partial<I> & object : never;

/** What an operation answers once it went through JSON: times are ISO strings. */
type Plain<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
type Reply<N extends Name> = Plain<Awaited<ReturnType<Operations[N]["run"]>>>;

export type Call = <N extends Name>(name: N, input: Input<N>) => Promise<Reply<N>>;

const REQUEST_MS = 30_000;

interface Connected {
  readonly call: Call;
  readonly close: () => Promise<void>;
}

/**
 * Runs `body` with a way to call operations: over the API of the service that holds the data folder, or straight on the
 * database when none does. Nothing is opened before the first call.
 */
export async function withOperations<T>(config: Config, body: (call: Call) => Promise<T>): Promise<T> {
  let connected: Promise<Connected> | undefined;
  try {
    return await body(async (name, input) => await (await (connected ??= connect(config))).call(name, input));
  } finally {
    // Whoever called has heard of a connection that failed.
    await connected?.then(
      ({ close }) => close(),
      () => {},
    );
  }
}

async function connect(config: Config): Promise<Connected> {
  const holder = config.databaseUrl === undefined ? await readHolder(config.dataFolder) : undefined;
  if (holder) return { call: (name, input) => request(holder, name, input), close: async () => {} };
  const { pat, close } = await openPatOnly(config);
  // The sweeper of whoever works on this database finds what was put back.
  const parts = { ...pat, wake: async () => {} };
  const call: Call = async (name, input) => {
    const operation = OPERATIONS[name] as unknown as Operation<unknown>;
    const output = await perform(operation, parts, input, { id: "local", name: "command line" });
    return JSON.parse(JSON.stringify(output)) as never;
  };
  return { call, close };
}

async function request(holder: { url: string; controlToken: string }, name: Name, input: object): Promise<never> {
  const operation = OPERATIONS[name] as unknown as Operation<unknown>;
  const fields = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = operation.path.replace(/:(\w+)/g, (_, field: string) => {
    const value = String(fields.get(field) ?? "");
    fields.delete(field);
    return encodeURIComponent(value);
  });
  const url = new URL(`/api/v1${path}`, holder.url);
  const isGet = operation.method === "GET";
  if (isGet) for (const [field, value] of fields) url.searchParams.set(field, String(value));
  const response = await fetch(url, {
    method: operation.method,
    headers: { authorization: `Bearer ${holder.controlToken}`, "content-type": "application/json" },
    ...(isGet ? {} : { body: JSON.stringify(Object.fromEntries(fields)) }),
    signal: AbortSignal.timeout(REQUEST_MS),
  }).catch((cause: unknown) => {
    throw new PatrolError(
      "service-unreachable",
      `The service that holds the data folder does not answer at ${holder.url}.`,
      { cause },
    );
  });
  const reply = (await response.json()) as { error?: { code: never; message: string } };
  if (!response.ok)
    throw new PatrolError(
      reply.error?.code ?? "internal",
      reply.error?.message ?? `The service answered ${response.status}.`,
    );
  return reply as never;
}
