// Peppers that tokens are stored under, where there are many tokens.
import assert from "node:assert/strict";
import { sql, type KyselyPlugin, type RootOperationNode } from "kysely";
import { test } from "vitest";
import { keepPepperCheck, pepperIdsInUse } from "../../src/db/peppers.ts";
import { describeOnBothDatabases } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";

/** Keeps what is asked of the database. */
class Asked implements KyselyPlugin {
  readonly nodes: RootOperationNode[] = [];
  transformQuery: KyselyPlugin["transformQuery"] = ({ node }) => {
    this.nodes.push(node);
    return node;
  };
  transformResult: KyselyPlugin["transformResult"] = ({ result }) => Promise.resolve(result);
}

describeOnBothDatabases("peppers in use", (db) => {
  test("are told without going through all tokens, when one is known nowhere any more and its tokens have expired", async () => {
    const { owner, organization } = await setScene(db());
    await keepPepperCheck(db(), "retired", Buffer.from("digest"));
    await sql`insert into tokens (organization_id, owner_id, name, lookup, pepper_id, hint, c3id, scopes, expires_at)
      select ${organization.id}, ${owner.id}, 'old', sha256(n::text::bytea), 'retired', 'h', 'c', '{}', '2026-01-01'
      from generate_series(1, 20000) n`.execute(db());
    await sql`analyze tokens`.execute(db());
    const asked = new Asked();
    const now = new Date("2026-06-01");
    assert.deepEqual(await pepperIdsInUse(db().withPlugin(asked), ["here"], now), []);
    const { sql: text, parameters } = db().getExecutor().compileQuery(asked.nodes[0]!, { queryId: "asked" });
    const explained = await sql<Record<string, string>>`${sql.raw(
      `explain ${text.replace(/\$(\d+)/g, (_, number: string) => `'${asText(parameters[Number(number) - 1])}'`)}`,
    )}`.execute(db());
    const plan = explained.rows.map((row) => Object.values(row)[0]).join("\n");
    assert.match(plan, /tokens_by_pepper/);
    assert.doesNotMatch(plan, /Seq Scan on tokens/);
  });
});

const asText = (value: unknown) => (value instanceof Date ? value.toISOString() : String(value));
