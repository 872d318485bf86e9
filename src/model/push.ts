import type { Exposure } from "./fragment.ts";

/**
 * GitHub's alphabet for `owner/name`, in which a name may begin with `-` and hold two dots. It becomes a part of the address
 * that is fetched, where only `.` and `..` would be steps.
 */
export const FULL_NAME = /^(?!\.{1,2}\/)[A-Za-z0-9._-]{1,100}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

/** A repository of which GitHub told us something: all that fetching needs, none of the payload's text. */
interface Told {
  /** GUID of the delivery that brought it. */
  readonly deliveryId: string;
  readonly repositoryId: number;
  /** `owner/name`, checked against GitHub's alphabet. */
  readonly repository: string;
  readonly exposure: Exposure;
  readonly defaultBranch: string;
  readonly installationId?: number;
  readonly receivedAt: Date;
}

/** A repository was made public, and with it all that it holds. */
export interface Publication extends Told {
  readonly exposure: "public";
}

/** One ref update. */
export interface Push extends Told {
  /** Full ref name, as arbitrary text: never part of a command line. */
  readonly ref: string;
  /** Hex object id, or undefined when the ref is new. */
  readonly before?: string;
  /** Hex object id, or undefined when the ref was deleted. May name an annotated tag. */
  readonly after?: string;
  readonly forced: boolean;
  /** Number of commits the payload lists, at most 2048; a hint for the depth of the fetch, never a reason to skip. */
  readonly commitCount: number;
}

export const isPush = (told: Push | Publication): told is Push => "ref" in told;
