import type { ColumnType, Generated, Kysely } from "kysely";

type Time = ColumnType<Date, Date | undefined, Date>;
type MaybeTime = ColumnType<Date | null, Date | null | undefined, Date | null>;
/** Written as JSON text, read as the value. */
type Json<T> = ColumnType<T, string, string>;
type MaybeJson<T> = ColumnType<T | null, string | null | undefined, string | null>;

/** The tables of `migrations/`, as kysely sees them. `bytea` is a `Buffer`, `bigint` a number. */
export interface Tables {
  organizations: { id: Generated<string>; name: string; created_at: Time };
  users: { id: Generated<string>; email: string; name: Generated<string>; disabled_at: MaybeTime; created_at: Time };
  memberships: { organization_id: string; user_id: string; role: Generated<"owner" | "administrator" | "member"> };
  policies: {
    organization_id: string;
    mode: Generated<"immediate" | "grace" | "notify_only">;
    grace_hours: Generated<number>;
    version: Generated<number>;
    updated_at: Time;
  };
  pepper_checks: { pepper_id: string; digest: Buffer };
  tokens: {
    id: Generated<string>;
    organization_id: string;
    owner_id: string;
    name: string;
    lookup: Buffer;
    pepper_id: string;
    hint: string;
    c3id: string;
    scopes: string[];
    state: Generated<"active" | "revoked">;
    created_at: Time;
    expires_at: Date;
    last_used_at: MaybeTime;
    revoked_at: MaybeTime;
    revoked_because: string | null;
  };
  deliveries: {
    id: string;
    event: string;
    action: string | null;
    repository_id: number | null;
    sealed: Buffer | null;
    state: Generated<"new" | "leased" | "done" | "dead" | "ignored">;
    attempts: Generated<number>;
    lost_leases: Generated<number>;
    received_at: Time;
    available_at: Time;
    leased_until: MaybeTime;
    leased_by: string | null;
    finished_at: MaybeTime;
    error_code: string | null;
    error: string | null;
    fragments: number | null;
    bytes: number | null;
    skipped: MaybeJson<{ what: string; why: string }[]>;
  };
  repositories: {
    id: number;
    full_name: string;
    exposure: "public" | "internal" | "private";
    default_branch: string | null;
    updated_at: Time;
  };
  scanned_objects: { object_id: Buffer; rulebook: Buffer; dirty: boolean; scanned_at: Time };
  scanned_heads: {
    repository_id: number;
    exposure: "public" | "internal" | "private";
    rulebook: Buffer;
    head: Buffer;
    scanned_at: Time;
  };
  incidents: {
    id: Generated<string>;
    organization_id: string;
    token_id: string;
    state: Generated<"open" | "closed">;
    action: "revoke" | "notify" | "review";
    clause: string;
    policy_version: number;
    correlation_id: Generated<string>;
    opened_at: Date;
    revoke_at: MaybeTime;
    revoked_at: MaybeTime;
    closed_at: MaybeTime;
  };
  leaks: {
    id: Generated<string>;
    incident_id: string;
    token_id: string;
    fingerprint: string;
    rule_id: string;
    delivery_id: string | null;
    kind: string;
    repository_id: number | null;
    repository: string | null;
    exposure: string | null;
    commit_id: string | null;
    object_id: string | null;
    path: string | null;
    line: number | null;
    start_column: number | null;
    decoded: Generated<string[]>;
    author: string | null;
    authored_at: MaybeTime;
    detected_at: Date;
  };
  audit_heads: { organization_id: string; seq: number; hash: Buffer };
  audit_events: {
    organization_id: string;
    seq: number;
    id: string;
    correlation_id: string;
    action_id: string;
    occurred_at: Date;
    record: string;
    prev_hash: Buffer;
    hash: Buffer;
  };
  outbox: {
    id: Generated<string>;
    kind: "mail";
    dedupe_key: string;
    payload: Json<Record<string, string>>;
    state: Generated<"new" | "leased" | "done" | "dead">;
    attempts: Generated<number>;
    lost_leases: Generated<number>;
    created_at: Time;
    available_at: Time;
    leased_until: MaybeTime;
    leased_by: string | null;
    finished_at: MaybeTime;
    error_code: string | null;
    error: string | null;
  };
  mails: {
    message_id: string;
    in_reply_to: string | null;
    recipient: string;
    subject: string;
    text_body: string;
    html_body: string;
    headers: Json<Record<string, string>>;
    sent_at: Time;
  };
  administrators: { id: Generated<string>; name: string; token_digest: Buffer; created_at: Time };
  sessions: { digest: Buffer; administrator_id: string; created_at: Time; expires_at: Date };
}

/** Whichever database it is: `database.ts` opens both. */
export type Database = Kysely<Tables>;
