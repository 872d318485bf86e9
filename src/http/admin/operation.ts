import type { z } from "zod";
import type { Administrator } from "../../db/administrators.ts";
import type { Database } from "../../db/database.ts";
import type { PatParts } from "../../pat/create-token.ts";

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
