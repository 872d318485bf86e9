import { html } from "hono/html";
import { type Html, state, time } from "./layout.ts";

export interface DeliveryRow {
  readonly id: string;
  readonly event: string;
  readonly repository: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly receivedAt: Date;
  readonly finishedAt: Date | null;
  readonly fragments: number | null;
  readonly skipped: number;
  readonly error: string | null;
}

export function deliveriesSection(deliveries: readonly DeliveryRow[]): Html {
  if (deliveries.length === 0)
    return html`<section id="deliveries">
      <h2>Deliveries</h2>
      <p class="empty">No webhook has arrived. Point a GitHub App's webhook at <code>/webhooks/github</code>.</p>
    </section>`;
  return html`<section id="deliveries">
    <h2>Deliveries</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Received (UTC)</th>
          <th scope="col">Event</th>
          <th scope="col">Repository</th>
          <th scope="col">State</th>
          <th scope="col">Fragments</th>
          <th scope="col">Not scanned</th>
          <th scope="col">Attempts</th>
          <th scope="col">Delivery</th>
        </tr>
      </thead>
      <tbody>
        ${deliveries.map(
          (delivery) =>
            html`<tr>
              <td>${time(delivery.receivedAt)}</td>
              <td>${delivery.event}</td>
              <td>${delivery.repository ?? "–"}</td>
              <td>
                ${state(delivery.state, delivery.state)}
                ${delivery.error === null ? "" : html`<div class="note">${delivery.error}</div>`}
              </td>
              <td>${delivery.fragments ?? "–"}</td>
              <td>${delivery.skipped}</td>
              <td>${delivery.attempts}</td>
              <td><code>${delivery.id}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
