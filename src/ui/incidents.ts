import { html } from "hono/html";
import { type Html, layout, state, time } from "./layout.ts";

export interface IncidentRow {
  readonly id: string;
  readonly organization: string;
  readonly tokenName: string;
  readonly tokenHint: string;
  readonly owner: string;
  readonly action: "revoke" | "notify" | "review";
  readonly clause: string;
  readonly openedAt: Date;
  readonly revokeAt: Date | null;
  readonly revokedAt: Date | null;
  readonly leakCount: number;
}

export interface LeakRow {
  readonly repository: string | null;
  readonly commit: string | null;
  readonly path: string | null;
  readonly line: number | null;
  readonly kind: string;
  readonly author: string | null;
  readonly authoredAt: Date | null;
  readonly detectedAt: Date;
}

export interface EventRow {
  readonly at: Date;
  readonly actionId: string;
  readonly details: string;
}

/** In words: how an incident stands. */
function standing(incident: IncidentRow): Html {
  if (incident.revokedAt) return html`${state("revoked", "revoked")} ${time(incident.revokedAt)}`;
  if (incident.revokeAt) return html`${state("revokes", "waiting")} ${time(incident.revokeAt)}`;
  return state(incident.action === "review" ? "to review" : "owner told", "open");
}

export function incidentsSection(incidents: readonly IncidentRow[]): Html {
  if (incidents.length === 0)
    return html`<section id="incidents">
      <h2>Incidents</h2>
      <p class="empty">No token has leaked.</p>
    </section>`;
  return html`<section id="incidents">
    <h2>Incidents</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Token</th>
          <th scope="col">Organization</th>
          <th scope="col">Owner</th>
          <th scope="col">Found (UTC)</th>
          <th scope="col">Leaks</th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        ${incidents.map(
          (incident) =>
            html`<tr>
              <td><a href="/incidents/${incident.id}">${incident.tokenName}</a> <code>${incident.tokenHint}</code></td>
              <td>${incident.organization}</td>
              <td>${incident.owner}</td>
              <td>${time(incident.openedAt)}</td>
              <td>${incident.leakCount}</td>
              <td>${standing(incident)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

/** One incident: where the token was found, and what was done. */
export function incidentPage(page: {
  readonly incident: IncidentRow;
  readonly leaks: readonly LeakRow[];
  readonly events: readonly EventRow[];
}): Html {
  const { incident } = page;
  return layout({
    title: `Incident of ${incident.tokenName}`,
    signedIn: true,
    body: html`<section>
        <h2>${incident.tokenName} <code>${incident.tokenHint}</code></h2>
        <p>
          Owner ${incident.owner}, organization ${incident.organization}. ${standing(incident)}
          <span class="note">chosen by clause <code>${incident.clause}</code></span>
        </p>
      </section>
      <section id="leaks">
        <h2>Where it was found</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">Repository</th>
              <th scope="col">Place</th>
              <th scope="col">Commit</th>
              <th scope="col">Author</th>
              <th scope="col">Written (UTC)</th>
              <th scope="col">Detected (UTC)</th>
            </tr>
          </thead>
          <tbody>
            ${page.leaks.map(
              (leak) =>
                html`<tr>
                  <td>${leak.repository ?? "–"}</td>
                  <td>
                    ${leak.path === null ? leak.kind : html`<code>${leak.path}${leak.line === null ? "" : `:${leak.line}`}</code>`}
                  </td>
                  <td><code>${leak.commit?.slice(0, 10) ?? "–"}</code></td>
                  <td>${leak.author ?? "–"}</td>
                  <td>${time(leak.authoredAt)}</td>
                  <td>${time(leak.detectedAt)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </section>
      <section id="events">
        <h2>Audit log</h2>
        <table>
          <tbody>
            ${page.events.map(
              (event) =>
                html`<tr>
                  <td>${time(event.at)}</td>
                  <td><code>${event.actionId}</code></td>
                  <td>${event.details}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </section>`,
  });
}
