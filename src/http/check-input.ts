import type { z } from "zod";
import { PatrolError } from "../model/errors.ts";

/** Input that fits the operation, or an error that names each field and what it takes. */
export function checkInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const checked = schema.safeParse(input);
  if (checked.success) return checked.data;
  const faults = checked.error.issues.map((issue) => `${issue.path.join(".") || "input"}: ${issue.message}`);
  throw new PatrolError("request-invalid", faults.join("; "));
}
