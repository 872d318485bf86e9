import type { z } from "zod";
import { type Administrator, holdsAdministratorToken } from "../../db/administrators.ts";
import type { Database } from "../../db/database.ts";
import { PatrolError } from "../../model/errors.ts";
import type { PatParts } from "../../pat/create-token.ts";
import { holdsToken } from "../../tokens/format.ts";
import { checkInput } from "../check-input.ts";

/** What an administrator's operation may touch. */
export interface AdminParts extends PatParts {
  readonly db: Database;
  /** Wakes a worker for a delivery that was put back; best effort. */
  readonly wake: (deliveryId: string) => Promise<void>;
}

/**
 * One thing an administrator can do: the HTTP route and the command line run the same function. Input comes from the
 * path, the query (`GET`) or a JSON body; output must survive `JSON.stringify`.
 */
export interface Operation<Input = never, Output = unknown> {
  readonly method: "GET" | "POST" | "PUT";
  /** Below `/api/v1`; `:name` parts are fields of the input. */
  readonly path: `/${string}`;
  readonly input: z.ZodType<Input>;
  readonly run: (parts: AdminParts, input: Input, actor: Administrator) => Promise<Output>;
}

/** Keeps input and output types while the table stays uniform. */
export function operation<Input, Output>(definition: Operation<Input, Output>): Operation<Input, Output> {
  return definition;
}

/**
 * Checks the input and runs the operation.
 *
 * @throws PatrolError `request-invalid`, naming the field, for a token of Patrol in it: as a name it would stay in the database in clear.
 */
export async function perform<Input, Output>(
  { input, run }: Operation<Input, Output>,
  parts: AdminParts,
  given: unknown,
  actor: Administrator,
): Promise<Output> {
  const checked = checkInput(input, given);
  for (const [field, value] of Object.entries(checked as object)) {
    if (typeof value === "string" && (holdsToken(value, parts.prefix) || holdsAdministratorToken(value)))
      throw new PatrolError("request-invalid", `${field}: a token of Patrol stands here, and is no ${field}.`);
  }
  return await run(parts, checked, actor);
}
