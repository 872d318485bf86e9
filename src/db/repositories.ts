import { sql } from "kysely";
import type { Exposure } from "../model/fragment.ts";
import type { Database } from "./database.ts";

export interface KnownRepository {
  readonly id: number;
  /** Masked by the caller: a stranger chose it. */
  readonly fullName: string;
  readonly exposure: Exposure;
}

/** Keeps what a repository is called now. Said again, it writes nothing. */
export async function rememberRepository(db: Database, { id, fullName, exposure }: KnownRepository): Promise<void> {
  await sql`
    insert into repositories (id, full_name, exposure) values (${id}, ${fullName}, ${exposure})
    on conflict (id) do update set full_name = excluded.full_name, exposure = excluded.exposure, updated_at = now()
    where (repositories.full_name, repositories.exposure) is distinct from (excluded.full_name, excluded.exposure)`.execute(
    db,
  );
}
