import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { AuditEvent } from "./event.ts";

/** One link: the event's text and the hash that binds it to all before it. */
export interface Link {
  readonly seq: number;
  /** Canonical JSON of the event: exactly the bytes that were hashed. */
  readonly record: string;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}

export interface Head {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** Where every chain begins. */
export const GENESIS: Head = { seq: 0, hash: new Uint8Array(32) };

export type ChainCheck =
  | { readonly ok: true; readonly events: number; readonly head: Head }
  | { readonly ok: false; readonly events: number; readonly brokenAt: number; readonly because: string };

/** SHA-256 over the hash before and the event's own text. */
function hashLink(prevHash: Uint8Array, record: string): Uint8Array {
  return createHash("sha256").update(prevHash).update(record, "utf8").digest();
}

/** Appends an event behind `head`. The event's `seq` must be the next one. */
export function link(head: Head, event: AuditEvent): Link {
  if (event.seq !== head.seq + 1) throw new RangeError(`event ${event.seq} cannot follow event ${head.seq}`);
  const record = canonicalJson(event);
  return { seq: event.seq, record, prevHash: head.hash, hash: hashLink(head.hash, record) };
}

/**
 * Whether the links are one unbroken chain of one organization, from `from` on. An edit, a removal, an insertion, a
 * change of order and a link of another organization's chain are each found at the first link that cannot be. What is
 * cut off the end can only be found against a head kept elsewhere: pass it as `expected`.
 */
export function verifyChain(
  links: Iterable<Link>,
  options: { readonly organizationId: string; readonly from?: Head; readonly expected?: Head },
): ChainCheck {
  let head = options.from ?? GENESIS;
  let events = 0;
  for (const next of links) {
    const because = fault(head, next, options.organizationId);
    if (because !== undefined) return { ok: false, events, brokenAt: head.seq + 1, because };
    head = { seq: next.seq, hash: next.hash };
    events++;
  }
  const { expected } = options;
  if (expected !== undefined && (expected.seq !== head.seq || !equal(expected.hash, head.hash))) {
    const because = `the chain ends at event ${head.seq}, its head says ${expected.seq}`;
    return { ok: false, events, brokenAt: Math.min(head.seq, expected.seq) + 1, because };
  }
  return { ok: true, events, head };
}

function fault(head: Head, next: Link, organizationId: string): string | undefined {
  if (next.seq !== head.seq + 1) return `event ${next.seq} follows event ${head.seq}`;
  if (!equal(next.prevHash, head.hash)) return "it does not name the hash of the event before it";
  if (!equal(next.hash, hashLink(next.prevHash, next.record))) return "its text does not have its hash";
  let event: Partial<AuditEvent>;
  try {
    event = JSON.parse(next.record) as Partial<AuditEvent>;
  } catch {
    return "its text is not JSON";
  }
  if (event.seq !== next.seq) return `its text says it is event ${String(event.seq)}`;
  if (event.scopeId !== organizationId) return "it belongs to another organization";
  return undefined;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
