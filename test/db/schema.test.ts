import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { freshEmbedded } from "../support/postgres.ts";

/** The tables as PostgreSQL describes them, in a form that shows each change on a line of its own. */
async function describeSchema(db: Database): Promise<string> {
  const { rows } = await sql<{ text: string }>`
    with relation as (
      select oid, relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'migrations'
    ), line as (
      select name, 1 as part, lpad(attnum::text, 4, '0') as place,
        format('  %s %s%s%s', attname, format_type(atttypid, atttypmod), case when attnotnull then ' not null' end,
          ' default ' || pg_get_expr(adbin, adrelid)) as text
      from relation join pg_attribute on attrelid = relation.oid
        left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attnum > 0 and not attisdropped
      union all
      select name, 2, conname, format('  constraint %s %s', conname, pg_get_constraintdef(pg_constraint.oid))
      from relation join pg_constraint on conrelid = relation.oid where contype <> 'n'
      union all
      select name, 3, indexrelid::regclass::text, '  ' || pg_get_indexdef(indexrelid)
      from relation join pg_index on indrelid = relation.oid
      where not exists (select from pg_constraint where conindid = indexrelid)
      union all
      select name, 4, tgname, '  ' || pg_get_triggerdef(pg_trigger.oid)
      from relation join pg_trigger on tgrelid = relation.oid where not tgisinternal
      union all
      select name, 0, '', 'table ' || name from relation
      union all
      select 'zz ' || proname, 0, '', pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
    )
    select text from line order by name, part, place`.execute(db);
  return `-- The schema after all migrations. Do not edit: npx vitest run test/db/schema.test.ts -u writes it.\n${rows
    .map(({ text }) => (text.startsWith("  ") ? text : `\n${text.trimEnd()}`))
    .join("\n")}\n`;
}

test("the schema after all migrations is the one that was reviewed", async () => {
  const { db, close } = await freshEmbedded();
  onTestFinished(close);
  await expect(await describeSchema(db)).toMatchFileSnapshot("schema.sql");
});
