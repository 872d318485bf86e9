import { z } from "zod";
import { secretAddress } from "./settings.ts";

/** The servers that take the place of an embedded part, each on its own. Addresses may hold a password. */
export const servers = z.object({
  /** PostgreSQL 14 or newer, in place of the database in the data folder. */
  DATABASE_URL: secretAddress("postgres:", "postgresql:").optional(),
  /** Redis 6.2 or newer or Valkey, in place of the queue in the process. */
  REDIS_URL: secretAddress("redis:", "rediss:").optional(),
});
