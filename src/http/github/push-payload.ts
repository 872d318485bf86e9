import { z } from "zod";
import { PatrolError } from "../../model/errors.ts";
import { FULL_NAME } from "../../model/push.ts";
import type { PublicationContent, PushContent } from "../../pipeline/sealed-push.ts";

/** SHA-1 or SHA-256. All zeros stands for "no object". */
const objectId = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, "must be 40 or 64 hexadecimal digits");
const number = z.number().int().positive().max(Number.MAX_SAFE_INTEGER);

const fullName = z.string().regex(FULL_NAME, "must be owner/name in letters, digits, . _ and -");

/**
 * What we need of a push payload, and no more: what GitHub adds or changes elsewhere must not cost us a push
 * (`created_at` alone comes as a number or as a text).
 */
const told = z.object({
  repository: z.object({
    id: number,
    full_name: fullName,
    private: z.boolean().optional(),
    visibility: z.string().optional(),
    default_branch: z.string().optional(),
  }),
  installation: z.object({ id: number }).nullish(),
});
const push = z.object({
  ref: z.string().min(1),
  before: objectId,
  after: objectId,
  forced: z.boolean().optional(),
  // At most 2048, whose messages git has too. Empty for a branch made at an old commit, or a forced push backwards.
  commits: z.array(z.unknown()).nullish(),
  ...told.shape,
});

/** @throws PatrolError `payload-invalid`, which names the first field that is wrong and never its value. */
export function parsePush(json: unknown): PushContent {
  const { ref, before, after, forced, commits, ...rest } = parse(push, json, "push");
  return {
    ...repositoryOf(rest),
    exposure: exposureOf(rest.repository),
    ref,
    ...(isNone(before) ? {} : { before }),
    ...(isNone(after) ? {} : { after }),
    forced: forced ?? false,
    commitCount: Math.min(commits?.length ?? 0, 2048),
  };
}

/**
 * What GitHub tells of a repository that was made public.
 *
 * @throws PatrolError as `parsePush` does.
 */
export function parsePublication(json: unknown): PublicationContent {
  return { ...repositoryOf(parse(told, json, "event")), exposure: "public" };
}

function parse<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.length ? issue.path.join(".") : "the payload";
  throw new PatrolError("payload-invalid", `The ${what} cannot be read: ${place}: ${issue?.message ?? "is wrong"}.`);
}

const repositoryOf = ({ repository, installation }: z.infer<typeof told>) => ({
  repositoryId: repository.id,
  repository: repository.full_name,
  defaultBranch: repository.default_branch ?? "",
  ...(installation ? { installationId: installation.id } : {}),
});

const isNone = (id: string) => /^0+$/.test(id);

/** `visibility` where there is one we know, else `private`; where both are missing, the careful guess is public. */
function exposureOf(repository: { private?: boolean | undefined; visibility?: string | undefined }) {
  const { visibility } = repository;
  if (visibility === "public" || visibility === "internal" || visibility === "private") return visibility;
  return repository.private ? "private" : "public";
}
