import { html } from "hono/html";
import type { PolicyMode } from "../model/policy.ts";
import type { Html } from "./layout.ts";

export interface PolicyRow {
  readonly organization: string;
  readonly mode: PolicyMode;
  readonly graceHours: number;
  readonly version: number;
}

const CHOICES: readonly { readonly mode: PolicyMode; readonly label: string }[] = [
  { mode: "immediate", label: "Revoke at once" },
  { mode: "grace", label: "Revoke after a grace time" },
  { mode: "notify_only", label: "Only tell the owner" },
];

export function policiesSection(policies: readonly PolicyRow[]): Html {
  return html`<section id="policies">
    <h2>Leaked token policy</h2>
    ${
      policies.length === 0
        ? html`<p class="empty">No organization yet. <code>patrol org create acme</code> makes one.</p>`
        : policies.map(policyForm)
    }
  </section>`;
}

function policyForm(policy: PolicyRow): Html {
  const grace = `grace-${policy.organization}`;
  return html`<form
    class="inline"
    method="post"
    action="/policies/${policy.organization}"
    aria-label="Policy of ${policy.organization}"
  >
    <strong>${policy.organization}</strong>
    <fieldset>
      ${CHOICES.map(
        (choice) =>
          html`<label
            ><input
              type="radio"
              name="mode"
              value="${choice.mode}"
              ${choice.mode === policy.mode ? html`checked` : ""}
            />
            ${choice.label}</label
          >`,
      )}
      <label for="${grace}">Grace hours</label>
      <input id="${grace}" type="number" name="graceHours" min="1" max="8760" value="${policy.graceHours}" required />
    </fieldset>
    <button>Save</button>
    <span class="note">version ${policy.version}</span>
  </form>`;
}
