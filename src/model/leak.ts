/** What `respond` committed for one finding. */
export type Outcome =
  | { readonly kind: "dismissed"; readonly clause: string }
  | { readonly kind: "deferred"; readonly clause: string }
  | {
      readonly kind: "recorded";
      readonly leakId: string;
      readonly incidentId: string;
      readonly tokenId: string;
      /** False when this very leak was recorded before, to the same readers: nothing changed. */
      readonly isNew: boolean;
      /** True when this call revoked the token. */
      readonly revokedNow: boolean;
    };
