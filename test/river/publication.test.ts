import assert from "node:assert/strict";
import { sql } from "kysely";
import { afterAll, beforeAll, test, vi } from "vitest";
import { makeDelivery } from "../../src/github-stand-in/deliveries.ts";
import type { StandInRepository } from "../../src/github-stand-in/repository.ts";
import { type LiveRiver, openRiver } from "../support/live-river.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let river: LiveRiver;
beforeAll(async () => {
  river = await openRiver({ asApp: true });
});
afterAll(() => river?.close());

/** What GitHub tells when a repository is made public. */
async function publish(repository: StandInRepository, event: "public" | "repository" = "public"): Promise<void> {
  repository.visibility = "public";
  const payload = {
    ...(event === "repository" && { action: "publicized" }),
    repository: {
      id: repository.id,
      full_name: repository.fullName,
      private: false,
      visibility: "public",
      default_branch: repository.defaultBranch,
    },
    installation: { id: 1 },
  };
  assert.equal((await river.github.deliver(makeDelivery(event, payload))).status, 202);
  await river.settled();
}

async function storyOf(tokenId: string) {
  const leaks = river.app.db.selectFrom("leaks").select(["kind", "exposure"]).where("token_id", "=", tokenId);
  const { rows } = await sql<{ action: string }>`
    select action_id as action from audit_events where record::jsonb #>> '{data,TokenId}' = ${tokenId}
    order by seq`.execute(river.app.db);
  return { leaks: await leaks.execute(), actions: rows.map(({ action }) => action) };
}

test("a repository that is made public is scanned whole: history, branches, tags, and what was told of while it was private", async () => {
  const places = ["history", "branch", "tag", "message", "name"] as const;
  const told = await river.mint("acme", "told");
  const tokens = Object.fromEntries(
    await Promise.all(places.map(async (place) => [place, await river.mint("acme", place)])),
  ) as Record<(typeof places)[number], typeof told>;
  const repository = await river.github.createRepository("acme/secret-plans", { visibility: "private" });
  const copy = await river.github.workingCopy(repository);
  await copy.write("told.env", told.secret.reveal());
  await copy.commit("Begin");
  await copy.push("main");
  await river.settled();
  assert.equal(await river.gate(told.secret), 200);
  assert.deepEqual((await storyOf(told.id)).leaks, [{ kind: "file", exposure: "private" }]);

  // Of these no webhook came.
  river.github.hook = undefined;
  await copy.write("old.env", tokens.history.secret.reveal());
  await copy.commit("Add settings");
  await copy.remove("old.env");
  await copy.commit("Remove settings");
  await copy.commit(`Use ${tokens.message.secret.reveal()} for now`);
  await copy.branch("side");
  await copy.write("side.env", tokens.branch.secret.reveal());
  await copy.commit("On the side");
  await copy.tag("v1", `Released with ${tokens.tag.secret.reveal()}`);
  await copy.branch(`try/${tokens.name.secret.reveal()}`);
  await copy.push("--all");
  await copy.push("--tags");
  river.github.hook = river.hook;

  await publish(repository);
  for (const [place, { secret }] of Object.entries(tokens)) assert.equal(await river.gate(secret), 401, place);
  assert.equal(await river.gate(told.secret), 401);
  assert.deepEqual(await storyOf(told.id), {
    leaks: [{ kind: "file", exposure: "public" }],
    actions: [
      "Token.PatCreateEvent",
      "Token.PatPrivateDiscoveryEvent",
      "Token.PatPublicDiscoveryEvent",
      "Token.PatSystemRevokeEvent",
    ],
  });

  // GitHub tells of it in two ways, and may do so again.
  const before = await Promise.all([told, ...Object.values(tokens)].map(async ({ id }) => await storyOf(id)));
  await publish(repository, "repository");
  const after = await Promise.all([told, ...Object.values(tokens)].map(async ({ id }) => await storyOf(id)));
  assert.deepEqual(after, before);
});

test("an empty repository that is made public is done with", async () => {
  await publish(await river.github.createRepository("acme/empty", { visibility: "private" }));
  const { rows } = await sql<{ state: string; fragments: number }>`
    select state, fragments from deliveries where event = 'public' order by received_at desc limit 1`.execute(
    river.app.db,
  );
  assert.deepEqual(rows, [{ state: "done", fragments: 0 }]);
});
