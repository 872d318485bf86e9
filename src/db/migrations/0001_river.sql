-- The spine: who owns tokens, what was delivered, what leaked, what was done, and the proof of it.

create table organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null unique check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  created_at timestamptz not null default now()
);

create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null unique check (email = lower(email)),
  name text not null default '',
  disabled_at timestamptz,
  created_at timestamptz not null default now()
);

create table memberships (
  organization_id uuid not null references organizations (id),
  user_id uuid not null references users (id),
  role text not null default 'member' check (role in ('owner', 'administrator', 'member')),
  primary key (organization_id, user_id)
);

create table policies (
  organization_id uuid primary key references organizations (id),
  mode text not null default 'immediate' check (mode in ('immediate', 'grace', 'notify_only')),
  grace_hours integer not null default 72 check (grace_hours between 1 and 8760),
  version integer not null default 1,
  updated_at timestamptz not null default now()
);

-- What each pepper id must compute for a fixed text: two processes with different peppers under one id are refused.
create table pepper_checks (
  pepper_id text primary key,
  digest bytea not null
);

create table tokens (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id),
  owner_id uuid not null references users (id),
  name text not null,
  -- HMAC-SHA256(pepper, token). The token's text is nowhere.
  lookup bytea not null unique,
  pepper_id text not null,
  hint text not null,
  c3id text not null,
  scopes text[] not null,
  state text not null default 'active' check (state in ('active', 'revoked')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_because text,
  check ((state = 'revoked') = (revoked_at is not null))
);
create index tokens_by_owner on tokens (organization_id, owner_id);

-- The inbox. One row a webhook delivery, kept before it is acknowledged.
create table deliveries (
  id text primary key,
  event text not null,
  action text,
  repository_id bigint,
  -- What the worker needs of the payload, sealed: a payload is text that strangers chose, and may hold a token.
  sealed bytea,
  state text not null default 'new' check (state in ('new', 'leased', 'done', 'dead', 'ignored')),
  attempts integer not null default 0,
  -- Leases that ran out: its worker died, or hung.
  lost_leases integer not null default 0,
  received_at timestamptz not null default now(),
  -- Not before this time: backoff after a failure.
  available_at timestamptz not null default now(),
  leased_until timestamptz,
  leased_by text,
  finished_at timestamptz,
  error_code text,
  error text,
  fragments integer,
  bytes bigint,
  -- [{"what","why"}]: what could not be scanned.
  skipped jsonb
);
create index deliveries_open on deliveries (available_at) where state in ('new', 'leased');
create index deliveries_newest on deliveries (received_at desc);

create table repositories (
  id bigint primary key,
  full_name text not null,
  exposure text not null check (exposure in ('public', 'internal', 'private')),
  default_branch text,
  updated_at timestamptz not null default now()
);

-- The ledger: which objects were scanned by which rules. A dirty object held a candidate, and is scanned again each time.
create table scanned_objects (
  object_id bytea not null,
  rulebook bytea not null,
  dirty boolean not null,
  scanned_at timestamptz not null default now(),
  primary key (object_id, rulebook)
);

-- Commits and tags that were scanned with everything behind them. By repository and exposure: what was found behind a
-- head was answered for the place where it stood, and means something else where others can read it.
create table scanned_heads (
  repository_id bigint not null,
  exposure text not null check (exposure in ('public', 'internal', 'private')),
  rulebook bytea not null,
  head bytea not null,
  scanned_at timestamptz not null default now(),
  primary key (repository_id, head, rulebook, exposure)
);

create table incidents (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id),
  token_id uuid not null unique references tokens (id),
  state text not null default 'open' check (state in ('open', 'closed')),
  action text not null check (action in ('revoke', 'notify', 'review')),
  clause text not null,
  policy_version integer not null,
  -- Shared by the events of discovery and of revocation.
  correlation_id uuid not null default gen_random_uuid(),
  opened_at timestamptz not null,
  -- When the token will be revoked, or was to be.
  revoke_at timestamptz,
  revoked_at timestamptz,
  closed_at timestamptz
);
create index incidents_due on incidents (revoke_at) where revoked_at is null;

create table leaks (
  id uuid primary key default gen_random_uuid(),
  incident_id uuid not null references incidents (id),
  token_id uuid not null references tokens (id),
  fingerprint text not null unique,
  rule_id text not null,
  delivery_id text,
  kind text not null,
  repository_id bigint,
  -- The texts below are masked: a token in a path or a name is not written down.
  repository text,
  exposure text,
  commit_id text,
  object_id text,
  path text,
  line integer,
  start_column integer,
  decoded text[] not null default '{}',
  author text,
  authored_at timestamptz,
  detected_at timestamptz not null
);
create index leaks_by_incident on leaks (incident_id);

create table audit_heads (
  organization_id uuid primary key references organizations (id),
  seq bigint not null,
  hash bytea not null
);

create table audit_events (
  organization_id uuid not null references organizations (id),
  seq bigint not null,
  id uuid not null unique,
  correlation_id uuid not null,
  action_id text not null,
  occurred_at timestamptz not null,
  -- The event as it was hashed: canonical JSON (RFC 8785).
  record text not null,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (organization_id, seq)
);
create index audit_events_by_correlation on audit_events (correlation_id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit events are never changed or removed';
end $$;
create trigger audit_events_append_only before update or delete on audit_events
  for each row execute function refuse_change();
create trigger audit_events_no_truncate before truncate on audit_events
  for each statement execute function refuse_change();

-- What must be done after commit. The payload holds ids only.
create table outbox (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('mail')),
  -- Makes asking twice one row.
  dedupe_key text not null unique,
  payload jsonb not null,
  state text not null default 'new' check (state in ('new', 'leased', 'done', 'dead')),
  attempts integer not null default 0,
  -- Leases that ran out: its worker died, or hung.
  lost_leases integer not null default 0,
  created_at timestamptz not null default now(),
  available_at timestamptz not null default now(),
  leased_until timestamptz,
  leased_by text,
  finished_at timestamptz,
  error_code text,
  error text
);
create index outbox_open on outbox (available_at) where state in ('new', 'leased');

-- The local mailbox: where mails go when no SMTP server is configured.
create table mails (
  message_id text primary key,
  in_reply_to text,
  recipient text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  headers jsonb not null,
  sent_at timestamptz not null default now()
);

-- Signed-in browsers, and bearers of the administrator token. Digests only.
create table administrators (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  token_digest bytea not null unique,
  created_at timestamptz not null default now()
);

create table sessions (
  digest bytea primary key,
  administrator_id uuid not null references administrators (id),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
