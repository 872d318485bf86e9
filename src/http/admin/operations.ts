import { z } from "zod";
import { verifyAudit } from "../../db/audit-log.ts";
import { createAdministrator } from "../../db/administrators.ts";
import { listDeliveries, replayDelivery } from "../../db/deliveries.ts";
import {
  createOrganization,
  findOrganization,
  listOrganizations,
  type Organization,
  setRole,
} from "../../db/organizations.ts";
import { eventsOf, findIncident, leaksOf, listIncidents, listMails } from "../../db/overview.ts";
import { changePolicy, policyOf } from "../../db/policies.ts";
import { listTokens } from "../../db/tokens.ts";
import { createUser, findUser, setDisabled } from "../../db/users.ts";
import { PatrolError } from "../../model/errors.ts";
import { createToken } from "../../pat/create-token.ts";
import { revokeToken } from "../../pat/revoke-token.ts";
import { type AdminParts, operation } from "./operation.ts";
import { actorOf } from "./actor.ts";

const organizationName = z.string().min(1).max(63);
const email = z.string().min(3).max(254);

/** Everything that the API and the administration commands can do, by name. */
export const OPERATIONS = {
  listOrganizations: operation({
    method: "GET",
    path: "/organizations",
    input: z.object({}),
    run: async ({ db }) => await listOrganizations(db),
  }),
  createOrganization: operation({
    method: "POST",
    path: "/organizations",
    input: z.object({ name: organizationName }),
    run: async ({ db }, { name }) => await createOrganization(db, name),
  }),
  createUser: operation({
    method: "POST",
    path: "/users",
    input: z.object({
      email,
      name: z.string().max(200).optional(),
      organization: organizationName.optional(),
      role: z.enum(["owner", "administrator", "member"]).default("member"),
    }),
    run: async ({ db }, input) => {
      const organization = input.organization === undefined ? undefined : await theOrganization(db, input.organization);
      const user = (await findUser(db, input.email)) ?? (await createUser(db, input));
      if (organization) await setRole(db, organization.id, user.id, input.role);
      return user;
    },
  }),
  disableUser: operation({
    method: "POST",
    path: "/users/:email/disable",
    input: z.object({ email }),
    run: async ({ db, now }, input) => await setUserDisabled(db, input.email, now()),
  }),
  enableUser: operation({
    method: "POST",
    path: "/users/:email/enable",
    input: z.object({ email }),
    run: async ({ db }, input) => await setUserDisabled(db, input.email, undefined),
  }),
  createToken: operation({
    method: "POST",
    path: "/tokens",
    input: z.object({
      organization: organizationName,
      owner: email,
      name: z.string().max(200),
      scopes: z.array(z.string().max(100)).min(1).max(100),
      days: z.int(),
    }),
    run: async (parts, input, administrator) => {
      const remarks = await makeRoomFor(parts.db, input.organization, input.owner);
      const { secret, token } = await createToken(parts, { ...input, actor: actorOf(administrator) });
      return { ...token, owner: input.owner, remarks, token: secret.reveal() };
    },
  }),
  listTokens: operation({
    method: "GET",
    path: "/tokens",
    input: z.object({ organization: organizationName }),
    run: async ({ db }, input) => await listTokens(db, (await theOrganization(db, input.organization)).id),
  }),
  revokeToken: operation({
    method: "POST",
    path: "/tokens/:id/revoke",
    input: z.object({ id: z.uuid() }),
    run: async (parts, { id }, administrator) => {
      const request = { tokenId: id, because: "administrator", actor: actorOf(administrator) } as const;
      const { token, revokedNow } = await revokeToken(parts, request);
      return { ...token, revokedNow };
    },
  }),
  showPolicy: operation({
    method: "GET",
    path: "/policies/:organization",
    input: z.object({ organization: organizationName }),
    run: async ({ db }, input) => {
      const { organizationId: _, ...policy } = await policyOf(db, (await theOrganization(db, input.organization)).id);
      return { organization: input.organization, ...policy };
    },
  }),
  changePolicy: operation({
    method: "PUT",
    path: "/policies/:organization",
    input: z.object({
      organization: organizationName,
      mode: z.enum(["immediate", "grace", "notify_only"]).optional(),
      graceHours: z.int().min(1).max(8760).optional(),
    }),
    run: async ({ db, now }, input, administrator) => {
      const organizationId = (await theOrganization(db, input.organization)).id;
      const { mode, graceHours } = input;
      const changed = await changePolicy(db, {
        organizationId,
        mode,
        graceHours,
        actor: actorOf(administrator),
        at: now(),
      });
      return {
        organization: input.organization,
        mode: changed.mode,
        graceHours: changed.graceHours,
        version: changed.version,
      };
    },
  }),
  listDeliveries: operation({
    method: "GET",
    path: "/deliveries",
    input: z.object({ state: z.enum(["new", "leased", "done", "dead", "ignored"]).optional() }),
    run: async ({ db }, input) => await listDeliveries(db, input),
  }),
  replayDelivery: operation({
    method: "POST",
    path: "/deliveries/:id/replay",
    input: z.object({ id: z.string().max(100) }),
    run: async ({ db, wake }, { id }) => {
      if (!(await replayDelivery(db, id)))
        throw new PatrolError(
          "not-found",
          `No delivery "${id}" can be replayed: it is unknown, or being handled right now.`,
        );
      await wake(id);
      return { id, state: "new" };
    },
  }),
  listIncidents: operation({
    method: "GET",
    path: "/incidents",
    input: z.object({}),
    run: async ({ db }) => await listIncidents(db),
  }),
  showIncident: operation({
    method: "GET",
    path: "/incidents/:id",
    input: z.object({ id: z.uuid() }),
    run: async ({ db }, { id }) => {
      const incident = await findIncident(db, id);
      if (!incident) throw new PatrolError("not-found", `There is no incident ${id}.`);
      return { ...incident, leaks: await leaksOf(db, id), events: await eventsOf(db, incident.correlationId) };
    },
  }),
  listMails: operation({
    method: "GET",
    path: "/mails",
    input: z.object({}),
    run: async ({ db }) => await listMails(db),
  }),
  verifyAudit: operation({
    method: "GET",
    path: "/audit/verify",
    input: z.object({}),
    run: async ({ db }) => await verifyAudit(db),
  }),
  createAdministrator: operation({
    method: "POST",
    path: "/administrators",
    input: z.object({ name: z.string().min(1).max(100) }),
    run: async ({ db }, { name }) => ({ name, token: (await createAdministrator(db, name)).reveal() }),
  }),
};

async function theOrganization(db: AdminParts["db"], name: string): Promise<Organization> {
  const organization = await findOrganization(db, name);
  if (!organization)
    throw new PatrolError(
      "not-found",
      `There is no organization "${name.slice(0, 63)}"; \`patrol org create\` makes one.`,
    );
  return organization;
}

/** A first token needs no ceremony: its organization and its owner are made on the way, and the answer says so. */
async function makeRoomFor(db: AdminParts["db"], organization: string, owner: string): Promise<string[]> {
  const remarks: string[] = [];
  let org = await findOrganization(db, organization);
  if (!org) {
    org = await createOrganization(db, organization);
    remarks.push(`Made organization ${org.name}; its policy revokes leaked tokens at once.`);
  }
  let user = await findUser(db, owner);
  if (!user) {
    user = await createUser(db, { email: owner });
    await setRole(db, org.id, user.id, "member");
    remarks.push(`Made user ${user.email}, a member of ${org.name}.`);
  }
  return remarks;
}

async function setUserDisabled(db: AdminParts["db"], address: string, at: Date | undefined) {
  const user = await findUser(db, address);
  if (!user) throw new PatrolError("not-found", "There is no user with this address.");
  await setDisabled(db, user.id, at);
  return { email: user.email, disabled: at !== undefined };
}
