import { html } from "hono/html";
import { type Html, layout } from "./layout.ts";

/** The form that trades the administrator token for a session. */
export function signInPage(page: { readonly refused: boolean }): Html {
  return layout({
    title: "Sign in",
    signedIn: false,
    body: html`<section class="narrow">
      <h2>Sign in to Patrol</h2>
      ${page.refused ? html`<p class="error" role="alert">No administrator has this token.</p>` : ""}
      <form method="post" action="/sign-in">
        <label for="token">Administrator token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
        <button>Sign in</button>
      </form>
      <p class="note">
        The token was printed when the service first started. <code>patrol admin token</code> makes another one.
      </p>
    </section>`,
  });
}
