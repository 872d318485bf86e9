/**
 * What kind of thing a text came from. `path` is the name of a file or folder itself, a header the lines before a message: who wrote
 * it, and what else git or others put there.
 */
export type FragmentKind =
  "file" | "commit-message" | "commit-header" | "tag-message" | "tag-header" | "path" | "ref" | "text";

/** Who may read the place. */
export type Exposure = "public" | "internal" | "private";

/** Where a fragment comes from. Every text in it was chosen by a stranger: mask it before it is stored or shown. */
export interface Provenance {
  readonly kind: FragmentKind;
  /** `owner/name`, or the path of a local repository. */
  readonly repository?: string;
  /** GitHub's number for the repository; survives renames. */
  readonly repositoryId?: number;
  readonly exposure?: Exposure;
  /** Hex object id (40 or 64 digits) of the commit that introduced the content. */
  readonly commit?: string;
  /** Path inside the repository or below the scanned folder, `/`-separated; invalid UTF-8 shows as U+FFFD. */
  readonly path?: string;
  /** Hex object id of the blob, commit or tag that holds the bytes. */
  readonly object?: string;
  readonly ref?: string;
  readonly author?: { readonly name: string; readonly email: string };
  /** The author's time of the commit, as it says. */
  readonly authoredAt?: Date;
  /** Line number of the fragment's first line; 1 when left out. */
  readonly firstLine?: number;
  /** Column of the fragment's first byte, in bytes; 1 when left out. */
  readonly firstColumn?: number;
}

/** Bytes with their provenance. Not necessarily text: the engine decides. */
export interface Fragment {
  readonly bytes: Uint8Array;
  readonly provenance: Provenance;
}
