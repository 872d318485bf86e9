/** The action that one clause of the policy chose, and that clause's id. */
export type Disposition =
  | { readonly action: "revoke"; readonly clause: string; readonly revokeAt: Date }
  | { readonly action: "notify"; readonly clause: string }
  | { readonly action: "review"; readonly clause: string }
  | { readonly action: "dismiss"; readonly clause: string };
