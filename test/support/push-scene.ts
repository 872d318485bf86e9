import { SYSTEM } from "../../src/audit/event.ts";
import type { Database } from "../../src/db/database.ts";
import { listIncidents } from "../../src/db/incidents.ts";
import { changePolicy } from "../../src/db/policies.ts";
import type { PolicyMode } from "../../src/model/policy.ts";
import { auditEvents } from "./audit.ts";
import { type Scene, setScene } from "./scene.ts";

/** A scene, and what pushes did to its organization. */
export interface PushScene extends Scene {
  /** What the audit log holds, the first event first. */
  actions(): Promise<string[]>;
  incidents(): ReturnType<typeof listIncidents>;
  /** Has the organization's leaked tokens treated so from now on. */
  mode(mode: PolicyMode, graceHours?: number): ReturnType<typeof changePolicy>;
  /** The kinds of mail that were asked for. */
  mailsOf(incidentId: string): Promise<(string | undefined)[]>;
}

export async function setPushScene(db: Database): Promise<PushScene> {
  const scene = await setScene(db);
  const organizationId = scene.organization.id;
  return {
    ...scene,
    actions: async () => (await auditEvents(db, organizationId)).map((event) => event.actionId).reverse(),
    incidents: () => listIncidents(db, { organizationId }),
    mode: (mode, graceHours) =>
      changePolicy(db, { organizationId, mode, graceHours, actor: SYSTEM, at: scene.clock.now() }),
    mailsOf: async (incidentId) =>
      (await db.selectFrom("outbox").select("payload").orderBy("created_at").execute())
        .filter((row) => row.payload["incidentId"] === incidentId)
        .map((row) => row.payload["mail"]),
  };
}
