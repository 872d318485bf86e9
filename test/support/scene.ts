import { randomBytes, randomUUID } from "node:crypto";
import { builtInRulebook } from "../../src/config/rulebook.ts";
import type { Database } from "../../src/db/database.ts";
import { createOrganization, type Organization } from "../../src/db/organizations.ts";
import { createUser } from "../../src/db/users.ts";
import type { Fragment, Provenance } from "../../src/model/fragment.ts";
import type { Push } from "../../src/model/push.ts";
import type { Secret } from "../../src/model/secret.ts";
import type { Token } from "../../src/model/token.ts";
import type { User } from "../../src/model/user.ts";
import { createToken, type PatParts } from "../../src/pat/create-token.ts";
import type { River, ScannedObject } from "../../src/pipeline/river.ts";
import { BuiltInTokenStore } from "../../src/tokens/built-in/token-store.ts";
import { Peppers } from "../../src/tokens/peppers.ts";

export const PREFIX = "patrol_";

/** A clock that goes only when told. */
class Clock {
  #at = new Date("2026-03-01T09:00:00Z");
  now = (): Date => new Date(this.#at);
  passHours(hours: number): void {
    this.#at = new Date(this.#at.getTime() + hours * 3_600_000);
  }
}

/** An organization with an owner, and the parts of the river on one database. */
export interface Scene {
  readonly clock: Clock;
  readonly organization: Organization;
  readonly owner: User;
  readonly pat: PatParts;
  readonly peppers: Peppers;
  readonly scanned: Map<string, boolean>;
  mint(name?: string): Promise<{ secret: Secret; token: Token }>;
  /** A river in which the push carries these fragments. */
  river(fragments: readonly Fragment[], parts?: Partial<River>): River;
}

export async function setScene(db: Database): Promise<Scene> {
  const tag = randomBytes(4).toString("hex");
  const clock = new Clock();
  const organization = await createOrganization(db, `acme-${tag}`);
  const owner = await createUser(db, { email: `alice-${tag}@acme.example`, name: "Alice" });
  const peppers = new Peppers([{ id: "test", key: randomBytes(32) }]);
  const pat = { db, peppers, prefix: PREFIX, now: clock.now };
  const scanned = new Map<string, boolean>();
  return {
    clock,
    organization,
    owner,
    pat,
    peppers,
    scanned,
    mint: (name = "ci") =>
      createToken(pat, {
        organization: organization.name,
        owner: owner.email,
        name,
        scopes: ["vso.code_write"],
        days: 30,
      }),
    river: (fragments, parts) => ({
      db,
      rulebook: builtInRulebook(PREFIX),
      peppers,
      now: clock.now,
      tokenStore: new BuiltInTokenStore({ db, peppers, prefix: PREFIX, ruleIds: ["patrol-token"], now: clock.now }),
      ledger: {
        alreadyClean: (objects) => Promise.resolve(new Set(objects.filter((id) => scanned.get(id) === false))),
        record: (objects: readonly ScannedObject[]) => {
          for (const { object, dirty } of objects) scanned.set(object, dirty || scanned.get(object) === true);
          return Promise.resolve();
        },
        scannedHeads: () => Promise.resolve(new Set<string>()),
        recordHeads: () => Promise.resolve(),
      },
      source: {
        heads: () => Promise.resolve([]),
        async *fragments() {
          yield* fragments;
          await Promise.resolve();
        },
      },
      ...parts,
    }),
  };
}

/** A file in a commit of a public repository. Object ids are derived from `seed`. */
export function fileFragment(text: string, seed: number, more: Partial<Provenance> = {}): Fragment {
  const commit = seed.toString(16).padStart(40, "0");
  return {
    bytes: Buffer.from(text),
    provenance: {
      kind: "file",
      repository: "mallory/dotfiles",
      repositoryId: 4242,
      exposure: "public",
      commit,
      object: commit.replace(/^00/, "ff"),
      path: "deploy/settings.env",
      author: { name: "Mallory", email: "mallory@example.org" },
      authoredAt: new Date("2026-03-01T08:55:00Z"),
      ...more,
    },
  };
}

export function aPush(more: Partial<Push> = {}): Push {
  return {
    deliveryId: randomUUID(),
    repositoryId: 4242,
    repository: "mallory/dotfiles",
    exposure: "public",
    defaultBranch: "main",
    ref: "refs/heads/main",
    forced: false,
    commitCount: 1,
    receivedAt: new Date("2026-03-01T09:00:00Z"),
    ...more,
  };
}
